"""Any network of braindecode as a backbone over raw windows.

braindecode imports torchaudio, whose compiled half may not match the torch that is installed (a CUDA build beside a CPU
torch raises OSError at import). Everything that braindecode uses of it has a Python form, so it is told to use that.
"""

import importlib
import importlib.util
import inspect
import sys
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

from torch import Tensor, nn

from ...signals import InputError, Layout
from .backbone import Backbone

BATCH_NORM_MOMENTUM = 0.1
"""Share of a batch in the running statistics, at least. Some networks bring .01, made for thousands of steps: after a
hundred, a third of the initial statistics would still stand in what is evaluated."""


class Braindecode(Backbone):
    """A braindecode network over raw windows: slices of F samples joined end to end, (B, T, S, F) -> (B, width).

    Its batch norms follow at least as fast as ``BATCH_NORM_MOMENTUM``, since trainings here may be short.

    Args:
        layout, n_features, n_slices: S electrodes, F samples a slice, T slices.
        network: Name of a class in ``braindecode.models``, as in ``"ShallowFBCSPNet"``.
        width: Outputs of the network, read by the model's heads.
        rate: Samples a second (Hz), for the networks that need it.
        **settings: Further arguments of the network.

    Raises:
        InputError: braindecode has no such network, or the network refuses the size or the settings.
    """

    reads_samples: ClassVar[bool] = True

    def __init__(
        self,
        layout: Layout,
        n_features: int,
        n_slices: int,
        network: str = "EEGNet",
        width: int = 32,
        rate: float | None = None,
        **settings: Any,
    ) -> None:
        super().__init__(layout, n_features, n_slices)
        self.width = width
        size = {"n_chans": len(layout), "n_outputs": width, "n_times": n_slices * n_features, "sfreq": rate}
        build = find_network(network)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self.network: nn.Module = build(**size, **settings)
        except (TypeError, ValueError, RuntimeError) as error:
            reason = " ".join(str(error).split()).split(". ")[0].split(" (see above")[0]  # of a page of advice
            wanted = f"settings that fit {len(layout)} electrodes and {n_slices * n_features} samples at {rate} Hz"
            do = "give rate, longer windows, or other settings"
            raise InputError(f"braindecode's {network}", reason, wanted, do) from error
        for layer in self.network.modules():
            if isinstance(layer, nn.modules.batchnorm._BatchNorm) and layer.momentum is not None:
                layer.momentum = max(layer.momentum, BATCH_NORM_MOMENTUM)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """(B, T, S, F) -> (B, width); invalid slices arrive as zeros."""
        signal = x.permute(0, 2, 1, 3).flatten(2)  # (B, S, T * F)
        vector: Tensor = self.network(signal)
        return vector.flatten(1)


class EEGNet(Braindecode):
    """EEGNet (Lawhern et al., J. Neural Eng. 15, 2018) as braindecode builds it, over raw windows.

    Args:
        layout, n_features, n_slices: S electrodes, F samples a slice, T slices.
        width: Outputs of the network, read by the model's heads.
        kernel_length: Samples of the first convolution: half a second at 128 Hz.
        drop_prob: Dropout.
    """

    def __init__(
        self,
        layout: Layout,
        n_features: int,
        n_slices: int,
        width: int = 32,
        kernel_length: int = 64,
        drop_prob: float = 0.25,
    ) -> None:
        super().__init__(
            layout, n_features, n_slices, "EEGNet", width, kernel_length=kernel_length, drop_prob=drop_prob
        )


FETCHING = ("REVE", "STEEGFormer")
"""Networks of braindecode whose making looks for positions of electrodes elsewhere; no name in a file may do that."""


def find_network(name: str) -> type[nn.Module]:
    """The class of that name in ``braindecode.models``.

    Raises:
        InputError: There is none (lists those that exist), or it would fetch something.
    """
    import_torchaudio()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        models = importlib.import_module("braindecode.models")
    known = [key for key, thing in vars(models).items() if inspect.isclass(thing) and issubclass(thing, nn.Module)]
    if name not in known:
        listed = ", ".join(sorted(known))
        raise InputError(f"braindecode network {name!r}", "no such name", f"one of {listed}", "correct the spelling")
    if name in FETCHING:
        found = "a network that fetches a file from the internet when it is made"
        raise InputError(f"braindecode network {name!r}", found, "one that needs none", "name another one")
    network: type[nn.Module] = getattr(models, name)
    return network


def import_torchaudio() -> bool:
    """Import torchaudio; True when its compiled half loaded, False when it works by its Python path only."""
    try:
        importlib.import_module("torchaudio")
    except OSError:
        _leave_out_compiled_half()
        importlib.import_module("torchaudio")
        return False
    return bool(sys.modules["torchaudio._extension"]._IS_TORCHAUDIO_EXT_AVAILABLE)


def _leave_out_compiled_half() -> None:
    """Load torchaudio's own loader first and let it answer that there is no compiled half."""
    spec = importlib.util.find_spec("torchaudio")
    root = Path(str(spec and spec.origin)).parent
    stand_ins = {"torchaudio": root, "torchaudio._extension": root / "_extension"}
    for name, folder in stand_ins.items():
        sys.modules[name] = ModuleType(name)
        sys.modules[name].__path__ = [str(folder)]
    loader: Any = importlib.import_module("torchaudio._extension.utils")
    loader._load_lib = lambda _: False
    for name in stand_ins:
        del sys.modules[name]
