"""CNN+RNN: the exact network of the paper, encoders by name, and what each part reads."""

from functools import partial

import pytest
import torch

from emoscan.benchmarks.contracts import check_backbone
from emoscan.models import CNNRNN, ENCODERS, STRNN
from emoscan.models.backbones.encoders import make_encoder
from emoscan.models.backbones.strnn.site_encoder import SiteEncoder
from emoscan.preprocessing import regions
from emoscan.preprocessing.faces import whole_image
from emoscan.signals import SCALP_19, InputError, patch_grid


def trained_numbers(module):
    return sum(p.numel() for p in module.parameters() if p.requires_grad)


def test_the_network_of_rangulov_and_fahim_has_its_published_size():
    network = CNNRNN.rangulov(whole_image(96), 96 * 96, 4)
    assert trained_numbers(network.encoder) + 300 * 2 + 2 == 1_333_704
    assert trained_numbers(network.recurrence) + 50 * 2 + 2 == 204_102
    assert network.width == 50


@pytest.mark.parametrize(
    "cell, hidden, published", [("rnn", (100,), 40_402), ("gru", (100,), 120_802), ("gru", (100, 100, 50), 204_102)]
)
def test_every_recurrence_of_the_paper_has_its_published_size(cell, hidden, published):
    """Behind 300 features, with an output of two; torch's plain cell has a second bias (Keras counts 40,302)."""
    own = {"encoder": "pooled", "features": 300, "both_ways": False, "readout": "last"}
    network = CNNRNN(SCALP_19, 5, 4, cell=cell, hidden=hidden, **own)
    assert trained_numbers(network.recurrence) + 2 * network.width + 2 == published
    assert len(network.recurrence.layers) == len(hidden)


def test_its_maps_shrink_as_published():
    body = CNNRNN.rangulov(whole_image(96), 96 * 96, 4).encoder.body
    x, sizes = torch.zeros(1, 1, 96, 96), []
    for layer in body:
        x = layer(x)
        if x.ndim == 4 and (not sizes or x.shape[-1] != sizes[-1]):
            sizes.append(x.shape[-1])
    assert sizes == [96, 48, 44, 22, 18, 2]


@pytest.mark.parametrize("encoder", [name for name in ENCODERS if name != "rangulov"])
@pytest.mark.parametrize(
    "layout, features",
    [
        (patch_grid(4, 4, (6, 6)), 36),
        (patch_grid(4, 4, (8, 8), (24, 24)), 64),
        (regions((48, 48)), 100),
        (SCALP_19, 5),
        (patch_grid(8, 8), 32),
    ],
    ids=["tiles", "overlapping", "regions", "electrodes", "patch features"],
)
def test_every_encoder_reads_every_layout(encoder, layout, features):
    network = CNNRNN(layout, features, 3, encoder=encoder).eval()
    x = torch.randn(2, 3, len(layout), features)
    assert network(x).shape == (2, network.width)
    assert network.slices(x).shape == (2, 3, network.slice_width)


@pytest.mark.parametrize(
    "own",
    [
        {"cell": "lstm"},
        {"cell": "rnn"},
        {"cell": "none"},
        {"both_ways": False},
        {"hidden": (8, 4)},
        {"readout": "last"},
        {"readout": "mean"},
        {"hidden": 6},
    ],
)
def test_every_recurrence_keeps_masked_slices_out(own):
    torch.manual_seed(0)
    network = CNNRNN(SCALP_19, 5, 4, **own).eval()
    x, mask = torch.randn(2, 4, 19, 5), torch.tensor([[True] * 4, [True, True, False, True]])
    changed = x.clone()
    changed[1, 2] += 100
    shown = torch.where(mask[:, :, None, None], x, 0.0), torch.where(mask[:, :, None, None], changed, 0.0)
    torch.testing.assert_close(network(shown[0], mask), network(shown[1], mask), rtol=0, atol=0)


@pytest.mark.parametrize(
    "own, told",
    [
        ({"encoder": "resnet"}, "encoder 'resnet'"),
        ({"cell": "elman"}, "cell 'elman'"),
        ({"hidden": ()}, "units from 1"),
        ({"encoder": "rangulov"}, "images of 96 x 96"),
        ({"weights": "w.pt"}, "timm network only"),
        ({"readout": "first"}, "readout"),
    ],
)
def test_what_does_not_exist_or_fit_is_refused(own, told):
    with pytest.raises(InputError, match=told):
        CNNRNN(patch_grid(4, 4, (6, 6)), 36, 3, **own)


def test_a_network_of_timm_takes_tensors_from_a_file_only(tmp_path):
    timm = pytest.importorskip("timm", reason="timm is optional")
    layout = whole_image(32)
    torch.save(timm.create_model("resnet10t", num_classes=0).state_dict(), tmp_path / "w.pt")
    encoder = make_encoder("timm:resnet10t", layout, 1024, 16, str(tmp_path / "w.pt"))
    assert encoder(torch.rand(2, 1, 1024)).shape == (2, 16)
    (tmp_path / "bad.pt").write_bytes(b"no tensors")
    with pytest.raises(InputError, match=r"bad\.pt"):
        make_encoder("timm:resnet10t", layout, 1024, 16, str(tmp_path / "bad.pt"))


@pytest.mark.parametrize(
    "layout, features", [(patch_grid(3, 3, (6, 6)), 36), (patch_grid(3, 3, (2, 2)), 4), (SCALP_19, 5)]
)
def test_a_site_encoder_reads_every_site_alike(layout, features):
    torch.manual_seed(0)
    encoder = SiteEncoder(layout, features, 7)
    x = torch.randn(2, len(layout), features)
    turned = torch.randperm(len(layout))
    torch.testing.assert_close(encoder(x)[:, turned], encoder(x[:, turned]))
    network = STRNN(layout, features, 4, site_features=7)
    assert network.spatial.U.shape[2] == 7
    check_backbone(partial(STRNN, site_features=7), learns=False)
