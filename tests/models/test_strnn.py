"""STRNN is the paper's network: equal to its equations, with its counts, and without the known mistakes."""

import numpy as np
import pytest
import strnn_oracle
import torch
from torch import nn

from emoscan.models import STRNN
from emoscan.models.backbones.strnn.strnn import SpatialWeights
from emoscan.signals import CORNERS, SCALP_19, SEED_62, InputError, patch_grid

SMALL = {"hidden": 3, "spatial_nodes": 2, "merged": 4, "temporal": 3, "temporal_nodes": 2}


def network(layout=SCALP_19, n_features=2, n_slices=4, seed=0, **own):
    torch.manual_seed(seed)
    made = STRNN(layout, n_features, n_slices, **{**SMALL, "dropout": 0.0, **own}).double()
    for name, weight in made.named_parameters():
        if name.endswith(".b"):
            nn.init.normal_(weight, std=0.3)  # biases begin at zero, where their place would not show
    return made


def letters(model, head):
    """The weights by the paper's letters."""
    s, t = model.spatial, model.temporal
    arrays = {"U": s.U, "W": s.W, "b": s.b, "G": s.G, "P": s.P, "R": t.R, "V": t.V, "c": t.b, "Q": t.Q, "F": head}
    return {letter: value.detach().numpy() for letter, value in arrays.items()}


def volumes(model, n=2, seed=1):
    rng = torch.Generator().manual_seed(seed)
    return torch.randn(n, model.n_slices, len(model.layout), model.n_features, generator=rng, dtype=torch.float64)


ALL = torch.ones(2, 4, dtype=torch.bool)
SOME = torch.tensor([[True, True, False, True], [False, True, True, False]])


def assert_equals_the_equations(model, activation=np.tanh, mask=None):
    """Both what a window gives under a head and what each slice gives, against loops over cells."""
    x, head = volumes(model), torch.randn(3, model.width, dtype=torch.float64)
    valid = (ALL if mask is None else mask).numpy()
    equations = x.numpy(), valid, letters(model, head), model.layout.cells, activation
    found = (model(x, mask) @ head.T).detach().numpy(), model.slices(x, mask).detach().numpy()
    for ours, wanted in zip(found, (strnn_oracle.strnn(*equations), strnn_oracle.slices(*equations)), strict=True):
        assert ours.shape == wanted.shape
        assert np.abs(ours - wanted).max() < 1e-10


@pytest.mark.parametrize("name, activation", [("tanh", np.tanh), ("relu", lambda a: np.maximum(a, 0))])
@pytest.mark.parametrize("layout", [SEED_62, SCALP_19, patch_grid(3, 4)], ids=repr)
def test_the_network_equals_the_equations(layout, name, activation):
    assert_equals_the_equations(network(layout, activation=name), activation)


@pytest.mark.parametrize("mask", [None, ALL, SOME], ids=["no mask", "all valid", "some valid"])
def test_slices_that_are_not_valid_are_zeros_in_the_equations(mask):
    assert_equals_the_equations(network(), mask=mask)


@pytest.mark.parametrize("directions", [1, 2, 3])
def test_fewer_directions_are_the_first_corners(directions):
    assert_equals_the_equations(network(directions=directions))


def test_gradients_are_the_limits_of_difference_quotients():
    model = network(patch_grid(2, 3), n_slices=3)
    x = volumes(model, n=1).requires_grad_()
    weights = dict(model.named_parameters())

    def out(x, *values):
        return torch.func.functional_call(model, dict(zip(weights, values, strict=True)), (x,))

    assert torch.autograd.gradcheck(out, (x, *weights.values()))


def test_the_paper_s_counts():
    """h = e = D = 30, L_s = 10, L_t = 5, 62 sites with 5 bands, T = 9, three categories without an output bias."""
    model = STRNN(SEED_62, 5, 9)
    assert sum(weight.numel() for weight in model.parameters()) == 46_550
    assert model.width * 3 == 900


@pytest.mark.parametrize(
    "corner, sources",
    [
        ("top-left", {"FP1", "F7"}),
        ("top-right", {"FP2", "F8"}),
        ("bottom-left", {"P7", "PO7", "CB1"}),
        ("bottom-right", {"P8", "PO8", "CB2"}),
    ],
)
def test_mistakes_one_and_two_directions_differ_and_lose_no_predecessor(corner, sources):
    scans = dict(zip(CORNERS, SEED_62.scans, strict=True))
    edges = {
        name: {(a, b) for b, before in enumerate(scan.predecessors) for a in before} for name, scan in scans.items()
    }
    assert {len(own) for own in edges.values()} == {151}
    assert len({frozenset(own) for own in edges.values()}) == 4
    assert edges["bottom-right"] == {(b, a) for a, b in edges["top-left"]}
    assert edges["bottom-left"] == {(b, a) for a, b in edges["top-right"]}
    first = {SEED_62.sites[k] for k, before in enumerate(scans[corner].predecessors) if not before}
    assert first == sources


def test_mistake_three_penalties_leave_exact_zeros():
    model = network(l1_space=0.2, l1_time=0.2)
    optimiser = torch.optim.AdamW(model.parameters(), lr=0.05, weight_decay=0.0)
    x = volumes(model, n=8)
    for _ in range(30):
        optimiser.zero_grad()
        (model(x).mean() - 1).square().backward()
        optimiser.step()
        model.after_step(0.05)
    assert model.zero_shares()["space"] > 0.1
    assert model.zero_shares()["time"] > 0
    assert network().zero_shares() == {"space": 0, "sites": 0, "time": 0}


def test_mistake_four_one_bias_a_cell():
    model = STRNN(SEED_62, 5, 9)
    biases = {name: tuple(w.shape) for name, w in model.named_parameters() if name.endswith(".b")}
    assert biases == {"spatial.b": (4, 30), "temporal.b": (2, 30)}


def test_mistake_five_the_merged_vector_depends_on_every_unit_of_every_node():
    space = SpatialWeights(4, 62, 5, hidden=30, nodes=10, merged=30)
    assert space.P.shape == (30, 4 * 10 * 30)
    states = torch.rand(1, 4, 10, 30, requires_grad=True)
    (states.flatten(1) @ space.P.T).sum().backward()
    assert (states.grad != 0).all()


def test_mistake_six_the_head_reads_every_unit_of_every_temporal_node():
    model = STRNN(SEED_62, 5, 9)
    assert model.width == 2 * 5 * 30


def test_the_mirrored_head_with_mirrored_weights_gives_the_same():
    model, mirrored, swap = network(), network(seed=9), [1, 0, 3, 2]  # TL <-> TR, BL <-> BR
    mirrored.load_state_dict(model.state_dict())
    mirror = torch.from_numpy(SCALP_19.mirror)
    s, m = model.spatial, mirrored.spatial
    with torch.no_grad():
        for name in ("U", "W", "b"):
            getattr(m, name).copy_(getattr(s, name)[swap])
        m.G.copy_(s.G[swap][:, mirror])
        m.P.copy_(s.P.view(len(s.P), 4, -1)[:, swap].flatten(1))
    x = volumes(model)
    torch.testing.assert_close(mirrored(x[:, :, mirror]), model(x), rtol=0, atol=1e-12)
    assert (model(x[:, :, mirror]) - model(x)).abs().max() > 1e-3


@pytest.mark.parametrize(
    "switch, width",
    [
        ({"space": False}, 12),
        ({"time": False}, 16),
        ({"project_space": False}, 12),
        ({"project_time": False}, 6),
        ({"space": False, "time": False}, 16),
        ({"temporal_nodes": 1}, 6),
    ],
    ids=str,
)
def test_the_switches_of_the_ablations(switch, width):
    model = network(**switch)
    out = model(volumes(model))
    assert out.shape == (2, width) == (2, model.width)
    assert model.slices(volumes(model)).shape == (2, 4, model.slice_width)
    moved = [name for name, weight in model.named_parameters() if weight.requires_grad]
    out.square().sum().backward()
    assert all(dict(model.named_parameters())[name].grad.abs().sum() > 0 for name in moved)
    assert ("spatial.G" in moved) == (switch.get("space", True) and switch.get("project_space", True))


def test_without_projection_the_mean_over_sites_stands_in_its_place():
    model = network(project_space=False)
    assert torch.equal(model.spatial.G, torch.full((4, 19, 1), 1 / 19).double())


def test_slices_that_are_not_valid_change_nothing_to_the_bit():
    model = network()
    x = volumes(model)
    mask = torch.tensor([[True, True, False, True], [False, True, True, True]])
    other = torch.where(mask[:, :, None, None], x, torch.full_like(x, 7.0))
    assert torch.equal(model(x, mask), model(other, mask))
    assert torch.equal(model.slices(x, mask), model.slices(other, mask))
    assert not torch.equal(model(x, mask), model(x))


def test_site_scores_do_not_change_when_the_projection_is_rescaled_against_the_merge():
    model = network()
    before = model.site_scores()
    with torch.no_grad():
        model.spatial.G[:, :, 0] *= 5
        model.spatial.P.view(4, 4, 2, 3)[:, :, 0] /= 5
    torch.testing.assert_close(model.site_scores(), before)
    assert before.shape == (4, 19)


def test_a_slice_that_the_projection_drops_scores_nothing():
    model = network()
    with torch.no_grad():
        model.temporal.Q[:, 2] = 0
    scores = model.slice_scores(torch.rand(3, model.width, dtype=torch.float64))
    assert scores.shape == (4,)
    assert scores[2] == 0
    assert (scores[[0, 1, 3]] > 0).all()


@pytest.mark.parametrize(
    "own, told",
    [
        ({"directions": 5}, "directions=5"),
        ({"activation": "gelu"}, "gelu"),
        ({"sparsity": 0.5}, "sparsity=0.5 alone"),
        ({"group": 1.0, "project_space": False}, "over sites that is fixed"),
        ({"l1_time": 1.0, "time": False}, "over time that is fixed"),
    ],
)
def test_settings_without_an_effect_are_refused(own, told):
    with pytest.raises(InputError, match=told):
        network(**own)


def test_what_a_switched_off_half_would_show_is_refused():
    with pytest.raises(InputError, match="no projection over sites"):
        network(space=False).site_scores()
    with pytest.raises(InputError, match="no projection over time"):
        network(time=False).slice_scores(torch.zeros(3, 16))


def test_the_paper_s_preset_reads_relu_and_drops_nothing_out():
    model = STRNN.paper(SCALP_19, 5, 9)
    assert model.temporal.activation is torch.relu
    assert model.dropout.p == 0
