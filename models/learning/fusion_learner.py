"""Networks of several modalities under a join, trained together."""

from collections.abc import Mapping
from typing import Any, ClassVar, cast

from ...preprocessing.steps.recipe import stream_name
from ...signals import InputError
from ...signals.plug_point import Allow, check_arguments
from ..backbones.backbone import Backbone, settings_of_network
from ..backbones.backbones import BACKBONES
from ..joins.join import Concat, Join, JoinInput
from ..training.emotion_model import join_input
from ..training.training import Training
from .network_learner import NetworkLearner


class Alone(Concat):
    """One of several modalities, as if the others had not been recorded: what a fusion has to beat.

    It is named like a modality of a join: ``Alone(eeg='STRNN')`` reads the EEG of joint windows.
    """


class FusionLearner(NetworkLearner):
    """A join with a network for each modality, under one set of heads.

    Args:
        join: The class of the join.
        settings: Settings of the join, and networks by modality: ``{"face": "CNNRNN", "hidden": 32}``. A modality is
            called by its stream; those that are not named get the join's usual network.
        name: Its name in tables.
        scaling: A name in ``SCALINGS``.
        training: Settings of its training.
        allow: For networks that a file names: packages whose classes it may name beside ours.
    """

    reads_several: ClassVar[bool] = True

    def __init__(
        self,
        join: type[Join],
        settings: Mapping[str, Any],
        name: str,
        scaling: str,
        training: Training,
        allow: Allow = None,
    ) -> None:
        super().__init__(_no_network, name, scaling, training)
        self.join, self.settings, self.allow = join, dict(settings), allow
        self.equal_slices = join.equal_slices

    def assemble(self, volumes: Mapping[str, JoinInput]) -> tuple[dict[str, Backbone], Join | None]:
        """The networks of the modalities and their join.

        Raises:
            InputError: A modality or a setting is unknown, or the networks do not fit the join.
        """
        named = {stream_name(series): series for series in volumes}
        of_join = {name: value for name, value in self.settings.items() if name not in named}
        check_arguments(self.join, (volumes,), of_join, f"join {self.join.__name__} of {', '.join(named)}")
        if self.join.stage == "volumes":
            if len(of_join) < len(self.settings):
                found = f"a network for {', '.join(sorted(set(self.settings) - set(of_join)))}"
                raise InputError(self.name, found, "settings of its one network", "name those instead")
            return {}, self.join(volumes, **of_join)
        networks, inputs = {}, {}
        for series, model in self._networks(named).items():
            networks[series] = _build(model, volumes[series], self.allow)
            inputs[series] = join_input(networks[series], self.join)
        return networks, self.join(inputs, **of_join)

    def _networks(self, named: Mapping[str, str]) -> dict[str, Any]:
        """The network of each series, as the settings name it or as usual for the join."""
        if issubclass(self.join, Alone):
            return _alone(self.settings, named)
        return {series: self.settings.get(stream, self.join.backbone) for stream, series in named.items()}


def _alone(settings: Mapping[str, Any], named: Mapping[str, str]) -> dict[str, Any]:
    if len(settings) != 1 or not set(settings) <= set(named):
        found = ", ".join(settings) or "no modality"
        raise InputError("Alone", found, f"one of {', '.join(named)}", "name one, as in Alone(eeg='STRNN')")
    ((stream, model),) = settings.items()
    return {named[stream]: model}


def _build(model: Any, volumes: JoinInput, allow: Allow) -> Backbone:
    shape = (volumes.layout, volumes.n_features, volumes.n_slices)
    if not isinstance(model, str | dict):
        return cast(Backbone, model(*shape))
    thing, args, settings = BACKBONES.split(model, allow)
    check_arguments(thing, (*shape, *args), settings, f"network {model!r}")
    return cast(Backbone, thing(*shape, *args, **settings_of_network(thing, settings, allow)))


def _no_network(*_: Any) -> Backbone:
    raise InputError("join", "a single network asked for", "networks by modality", "use assemble")
