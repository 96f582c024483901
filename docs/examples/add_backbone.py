"""A backbone of our own: the smallest network that can be."""

from torch import Tensor, nn

from emoscan.models import Backbone
from emoscan.signals import Layout


class MeanNet(Backbone):
    """Average over time, then one layer: (B, T, S, F) -> (B, width)."""

    def __init__(self, layout: Layout, n_features: int, n_slices: int, width: int = 16) -> None:
        super().__init__(layout, n_features, n_slices)
        self.width = width
        self.layer = nn.Linear(len(layout) * n_features, width)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        return self.layer(x.mean(dim=1).flatten(1)).relu()


if __name__ == "__main__":
    from emoscan.benchmarks import benchmark, compare, leave_one_out
    from emoscan.benchmarks.contracts import check_backbone
    from emoscan.preprocessing import preprocess
    from emoscan.signals import Simulated

    check_backbone(MeanNet)
    cache = preprocess(Simulated(subjects=3), None, "tutorial/cache/simulated")
    print(compare(benchmark(cache, MeanNet, split=leave_one_out("subject"))).to_markdown())
