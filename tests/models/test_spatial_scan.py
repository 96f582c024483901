"""Laws of the scan: both forms agree with each other and with the paper's loop over cells."""

import numpy as np
import pytest
import torch
from strnn_oracle import CORNERS, predecessors, spatial_states

from emoscan.models import ScanWeights, spatial_scan
from emoscan.models.backbones.strnn.scan import CHUNK
from emoscan.signals import SCALP_19, SEED_62, InputError, Layout, patch_grid

ONE_SITE = Layout("one", ("Cz",), ((0, 0),))
LAYOUTS = [SEED_62, SCALP_19, patch_grid(4, 5), ONE_SITE]


def made(layout, n=7, directions=4, hidden=6, features=3, dtype=torch.float64, seed=0):
    """Slices (n, S, F) and weights, all of which want gradients."""
    rng = torch.Generator().manual_seed(seed)
    R, h = directions, hidden
    shapes = (n, len(layout), features), (R, h, features), (R, h, h), (R, h)
    scales = (1.0, features**-0.5, 0.6 * hidden**-0.5, 0.3)
    x, U, W, b = (
        (torch.randn(shape, generator=rng, dtype=torch.float64) * scale).to(dtype).requires_grad_()
        for shape, scale in zip(shapes, scales, strict=True)
    )
    return x, ScanWeights(U, W, b)


def values_and_gradients(x, weights, layout, implementation):
    """States, and the gradients of a sum in which every state weighs differently."""
    states = spatial_scan(x, weights, layout, implementation)
    slopes = torch.randn(states.shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64).to(states.dtype)
    wanted = (x, weights.U, weights.W, weights.b)
    gradients = torch.autograd.grad((states * slopes).sum(), wanted, materialize_grads=True)
    return states.detach(), *gradients


def assert_agree(x, weights, layout, tolerance):
    pairs = (values_and_gradients(x, weights, layout, form) for form in ("levels", "reference"))
    for found, wanted in zip(*pairs, strict=True):
        assert found.shape == wanted.shape
        assert (found - wanted).abs().max() <= tolerance * wanted.abs().max().clamp_min(1)


@pytest.mark.parametrize("directions", [1, 2, 3, 4])
@pytest.mark.parametrize("layout", LAYOUTS, ids=repr)
def test_levels_equal_the_reference_in_values_and_gradients(layout, directions):
    x, weights = made(layout, directions=directions)
    assert_agree(x, weights, layout, 1e-12)


@pytest.mark.parametrize("layout", LAYOUTS, ids=repr)
def test_single_precision_agrees_to_its_rounding(layout):
    x, weights = made(layout, dtype=torch.float32)
    assert_agree(x, weights, layout, 1e-5)


@pytest.mark.parametrize("n", [1, 2, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK + 3])
def test_any_number_of_slices_gives_the_same_as_the_reference(n):
    x, weights = made(SCALP_19, n=n, hidden=3, features=2)
    assert_agree(x, weights, SCALP_19, 1e-12)


def test_slices_that_do_not_lie_side_by_side_in_memory_are_read_rightly():
    x, weights = made(SCALP_19, n=12)
    shuffled = x.detach().permute(2, 1, 0).contiguous().permute(2, 1, 0)[::2].requires_grad_()
    assert not shuffled.is_contiguous()
    assert_agree(shuffled, weights, SCALP_19, 1e-12)
    assert torch.equal(
        spatial_scan(shuffled, weights, SCALP_19), spatial_scan(shuffled.contiguous(), weights, SCALP_19)
    )


@pytest.mark.parametrize("layout", LAYOUTS, ids=repr)
@pytest.mark.parametrize("implementation", ["levels", "reference"])
def test_both_forms_equal_the_papers_loop_over_cells(layout, implementation):
    x, weights = made(layout, n=3)
    found = spatial_scan(x, weights, layout, implementation).detach().numpy()
    wanted = spatial_states(*(t.detach().numpy() for t in (x, weights.U, weights.W, weights.b)), layout.cells)
    assert np.abs(found - wanted).max() <= 1e-10
    assert (wanted > 0).any()


@pytest.mark.parametrize("layout", LAYOUTS, ids=repr)
def test_predecessors_are_those_of_the_paper(layout):
    for corner, scan in zip(CORNERS, layout.scans, strict=True):
        assert [sorted(before) for before in scan.predecessors] == [
            sorted(before) for before in predecessors(corner, layout.cells)
        ]


def test_gradients_are_the_limits_of_difference_quotients():
    layout = patch_grid(3, 3)
    x, weights = made(layout, n=2, hidden=2, features=2, directions=4)
    assert torch.autograd.gradcheck(
        lambda x, U, W, b: spatial_scan(x, ScanWeights(U, W, b), layout), (x, weights.U, weights.W, weights.b)
    )


def test_gradients_are_right_where_the_input_asks_for_none():
    x, weights = made(SCALP_19)
    wanted = values_and_gradients(x, weights, SCALP_19, "levels")[2:]
    spatial_scan(x.detach(), weights, SCALP_19).backward(
        torch.randn(7, 4, 19, 6, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    )
    for weight, gradient in zip((weights.U, weights.W, weights.b), wanted, strict=True):
        assert torch.equal(weight.grad, gradient)


def test_equal_input_gives_equal_bits():
    x, weights = made(SEED_62, n=CHUNK + 50, dtype=torch.float32)
    first, second = (values_and_gradients(x, weights, SEED_62, "levels") for _ in range(2))
    for one, other in zip(first, second, strict=True):
        assert torch.equal(one, other)


def test_two_threads_give_the_bits_of_one_at_the_size_of_training():
    x, weights = made(SEED_62, n=64 * 9, hidden=30, features=5, dtype=torch.float32)
    alone = values_and_gradients(x, weights, SEED_62, "levels")
    torch.set_num_threads(2)
    for one, other in zip(alone, values_and_gradients(x, weights, SEED_62, "levels"), strict=True):
        assert torch.equal(one, other)


def test_slices_do_not_see_each_other():
    x, weights = made(SCALP_19, n=6)
    whole = spatial_scan(x, weights, SCALP_19)
    changed = x.detach().clone()
    changed[2] += 1
    others = [0, 1, 3, 4, 5]
    assert torch.equal(spatial_scan(changed, weights, SCALP_19)[others], whole[others])


def test_a_site_sees_only_what_lies_towards_the_corner():
    layout = patch_grid(4, 5)
    x, weights = made(layout, n=1)
    at = layout.cells.index((1, 2))
    changed = x.detach().clone()
    changed[0, at] += 1
    differs = (spatial_scan(changed, weights, layout) != spatial_scan(x, weights, layout))[0].any(dim=2)  # (R, S)
    beyond = {
        "TL": lambda i, j: i >= 1 and j >= 2,
        "TR": lambda i, j: i >= 1 and j <= 2,
        "BL": lambda i, j: i <= 1 and j >= 2,
        "BR": lambda i, j: i <= 1 and j <= 2,
    }
    for corner, row in zip(CORNERS, differs, strict=True):
        assert not row[[k for k, cell in enumerate(layout.cells) if not beyond[corner](*cell)]].any()
        assert row[at]


@pytest.mark.parametrize(
    "asked, told",
    [
        ({"sites": 18}, "18 sites with 3 features; wanted 19 sites with 3 features"),
        ({"features": 4}, "19 sites with 4 features; wanted 19 sites with 3 features"),
        ({"implementation": "fast"}, "implementation 'fast': found no such name; wanted one of reference, levels"),
    ],
)
def test_what_does_not_fit_is_refused(asked, told):
    _, weights = made(SCALP_19)
    x = torch.zeros(2, asked.get("sites", 19), asked.get("features", 3), dtype=torch.float64)
    with pytest.raises(InputError, match=told):
        spatial_scan(x, weights, SCALP_19, asked.get("implementation", "levels"))
