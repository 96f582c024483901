"""A step of our own: how much each electrode differs from its mirror image on the other side of the head."""

from dataclasses import dataclass

from emoscan.preprocessing import DifferentialEntropy, Step, preprocess
from emoscan.signals import Simulated, Volume


@dataclass(frozen=True)
class Asymmetry(Step):
    """Each site minus ``share`` of its mirror site: (T, S, F) -> (T, S, F).

    With differential entropy and ``share=1.0`` this is the DASM feature of Zheng and Lu (2015) at every site.
    """

    share: float = 1.0

    def __call__(self, volume: Volume) -> Volume:
        return volume.with_features(volume.x - self.share * volume.x[:, volume.layout.mirror])


if __name__ == "__main__":
    from emoscan.benchmarks.contracts import check_step

    check_step(Asymmetry(share=0.5))
    cache = preprocess(Simulated(subjects=2), {"eeg": [DifferentialEntropy(), Asymmetry()]}, "tutorial/cache/asymmetry")
    print(cache.recipe["eeg"])
