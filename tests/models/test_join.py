"""Laws of joins: what a mask hides changes nothing, the order of a batch neither, and a missing modality is none."""

from itertools import product

import pytest
import torch

from emoscan.models import JOINS, Alone, Batch, Concat, EmotionModel, JoinInput, Training, make_learner
from emoscan.signals import EPOC_14, SCALP_19, InputError, Layout, Task, patch_grid, side_by_side

TASK = Task(("a", "b", "c"), ("valence", "arousal"), ("au1", "au2"))
VOLUMES = {"eeg": JoinInput(EPOC_14, 5, 4, 5), "face": JoinInput(patch_grid(3, 3), 6, 8, 6)}
EQUAL = {name: JoinInput(given.layout, given.n_features, 4, given.size) for name, given in VOLUMES.items()}
ONE_SITE = JoinInput(Layout("gsr", ("GSR",), ((0, 0),)), 2, 4, 2)
KNOWN = [name for name in JOINS.known if name != "Alone"]


def built(name, volumes=None):
    """A model under the join of that name, with random weights."""
    volumes = volumes or (EQUAL if name == "Early" else VOLUMES)
    torch.manual_seed(0)
    backbones, join = make_learner(f"{name}()" if "(" not in name else name).assemble(volumes)
    return EmotionModel(backbones, TASK, Training(), join=join).eval(), volumes


def batch(volumes, n=6, seed=0):
    draw = torch.Generator().manual_seed(seed)
    x = {m: torch.randn(n, v.n_slices, len(v.layout), v.n_features, generator=draw) for m, v in volumes.items()}
    mask = {m: torch.rand(n, v.n_slices, generator=draw) < 0.7 for m, v in volumes.items()}
    mask["eeg"][0], mask["face"][1] = False, False  # a window without EEG, one without a face
    mask["face"][0], mask["eeg"][1] = True, True
    return Batch(x, mask, torch.zeros(n, dtype=torch.int64), torch.zeros(n, 2), torch.zeros(n, 2))


@pytest.fixture(autouse=True)
def no_gradients():
    with torch.no_grad():
        yield


@pytest.mark.parametrize("name", [*KNOWN, "Late(how='learned')"])
def test_what_a_mask_hides_changes_nothing_to_the_bit(name):
    model, volumes = built(name)
    given = batch(volumes)
    before = model(given)
    for m in volumes:
        for nonsense in (1e6, float("nan"), float("inf")):
            given.x[m][~given.mask[m]] = nonsense
            assert all(torch.equal(a, b) for a, b in zip(before, model(given), strict=True))
    assert all(torch.isfinite(part).all() for part in before)


@pytest.mark.parametrize("name", KNOWN)
def test_the_order_of_a_batch_and_the_others_in_it_do_not_matter(name):
    model, volumes = built(name)
    given = batch(volumes)
    turned = Batch(
        {m: x.flip(0) for m, x in given.x.items()},
        {m: k.flip(0) for m, k in given.mask.items()},
        given.category,
        given.dimensions,
        given.units,
    )
    alone = Batch(
        {m: x[:1] for m, x in given.x.items()},
        {m: k[:1] for m, k in given.mask.items()},
        given.category[:1],
        given.dimensions[:1],
        given.units[:1],
    )
    for out, back, one in zip(model(given), model(turned), model(alone), strict=True):
        assert torch.allclose(out, back.flip(0), atol=1e-5)
        assert torch.allclose(out[:1], one, atol=1e-5)


@pytest.mark.parametrize(("name", "missing"), list(product(KNOWN, ["eeg", "face"])))
def test_a_modality_that_is_not_in_the_batch_is_one_that_is_masked(name, missing):
    model, volumes = built(name)
    given = batch(volumes)
    given.mask[missing][:] = False
    without = Batch(
        {m: x for m, x in given.x.items() if m != missing},
        {m: k for m, k in given.mask.items() if m != missing},
        given.category,
        given.dimensions,
        given.units,
    )
    assert all(torch.equal(a, b) for a, b in zip(model(given), model(without), strict=True))


@pytest.mark.parametrize("name", KNOWN)
def test_both_modalities_reach_the_result(name):
    model, volumes = built(name)
    given = batch(volumes)
    for mask in given.mask.values():
        mask[:] = True
    before = model(given)[0]
    for m in volumes:
        moved = {**given.x, m: given.x[m] + 1}
        changed = model(Batch(moved, given.mask, given.category, given.dimensions, given.units))[0]
        assert (changed - before).abs().amax(dim=1).min() > 1e-6


def test_one_modality_is_the_identity():
    vector = torch.randn(3, 5)
    join = Concat({"eeg": JoinInput(EPOC_14, 5, 4, 5)})
    assert torch.equal(join({"eeg": vector}, {"eeg": torch.ones(3, dtype=torch.bool)}), vector)


def test_alone_reads_one_modality_of_joint_windows():
    model, volumes = built("Alone(face='STRNN')")
    given = batch(volumes)
    before = model(given)[0]
    given.x["eeg"] += 1
    assert torch.equal(before, model(given)[0])
    assert isinstance(model.join, Alone)
    assert list(model.backbones) == ["face"]


def test_gates_sum_to_one_over_what_is_there():
    model, volumes = built("Gated")
    given = batch(volumes)
    present = {m: mask.any(dim=1) for m, mask in given.mask.items()}
    parts = {m: model.backbones[m](given.x[m], given.mask[m]) for m in volumes}
    gates = model.join.gates(parts, present)
    assert torch.allclose(gates.sum(dim=1), torch.ones(len(gates)))
    assert gates[0].tolist() == [0.0, 1.0]
    assert gates[1].tolist() == [1.0, 0.0]


def test_attention_looks_at_what_is_there_or_at_nothing():
    model, volumes = built("CrossAttention")
    given = batch(volumes)
    parts = {m: model.backbones[m].slices(given.x[m], given.mask[m]) for m in volumes}
    weights = model.join.weights(parts, given.mask)
    assert weights["eeg"].shape == (6, 4, 9)
    assert torch.allclose(weights["eeg"].sum(dim=2), torch.ones(6, 4))
    assert torch.equal(weights["eeg"][1, :, -1], torch.ones(4))  # the face is missing: it looks at nothing
    hidden = ~given.mask["face"][:, None].expand(-1, 4, -1)
    assert (weights["eeg"][:, :, :8][hidden] == 0).all()


def test_late_is_the_mean_of_what_each_says_and_one_alone_where_the_other_is_missing():
    model, volumes = built("Late")
    given = batch(volumes)
    for mask in given.mask.values():
        mask[:] = True
    both = model(given)[0]
    alone = {}
    for m in volumes:
        alone[m] = model(Batch({m: given.x[m]}, {m: given.mask[m]}, given.category, given.dimensions, given.units))[0]
    assert torch.allclose(both, (alone["eeg"] + alone["face"]) / 2, atol=1e-5)


@pytest.mark.parametrize("name", ["Concat", "Gated"])
def test_the_joins_that_are_named_for_a_series_of_one_site_read_one(name):
    model, volumes = built(name, {**EQUAL, "gsr": ONE_SITE})
    assert all(torch.isfinite(said).all() for said in model(batch(volumes)))


def test_the_union_of_layouts_has_the_scans_of_both_and_no_edge_between():
    joined = side_by_side({"eeg": SCALP_19, "face": patch_grid(3, 4)})
    assert len(joined) == 19 + 12
    for scan, left, right in zip(joined.scans, SCALP_19.scans, patch_grid(3, 4).scans, strict=True):
        shifted = tuple(tuple(p + 19 for p in before) for before in right.predecessors)
        assert scan.predecessors == (*left.predecessors, *shifted)


@pytest.mark.parametrize(
    "model, volumes, message",
    [
        ("Early()", VOLUMES, "4 slices of eeg, 8 slices of face"),
        ("Early()", {**EQUAL, "gsr": ONE_SITE}, "one site in gsr; wanted two sites or more in each; join by Concat or"),
        ("Early(face='CNNRNN')", EQUAL, "settings of its one network"),
        ("Early(hiden=3)", EQUAL, "hiden"),
        ("Gated(hiden=3)", VOLUMES, "hiden"),
        ("Gated(voice='STRNN')", VOLUMES, "voice"),
        ("Gated()", {"eeg": VOLUMES["eeg"]}, "2 modalities"),
        ("CrossAttention(eeg='EEGNet')", {**VOLUMES, "eeg": JoinInput(EPOC_14, 64, 9, 64)}, "no vectors of slices"),
        ("CrossAttention(hidden=30)", VOLUMES, "heads divide"),
        ("Late(how='best')", VOLUMES, "one of mean, learned"),
        ("Alone()", VOLUMES, "Alone"),
        ("Alone(voice='STRNN')", VOLUMES, "voice"),
        ("STRNN", VOLUMES, "a join"),
    ],
)
def test_what_does_not_fit_is_refused(model, volumes, message):
    with pytest.raises(InputError, match=message):
        make_learner(model).assemble(volumes)


@pytest.mark.parametrize("name", KNOWN)
def test_what_each_says_alone_is_what_it_says_with_the_others_missing(name):
    model, volumes = built(name)
    given = batch(volumes)
    together, alone = model.each_alone(given)
    assert all(torch.equal(a, b) for a, b in zip(together, model(given), strict=True))
    for m, said in alone:
        only = Batch({m: given.x[m]}, {m: given.mask[m]}, given.category, given.dimensions, given.units)
        assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(said, model(only), strict=True))
