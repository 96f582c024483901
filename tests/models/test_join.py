"""Laws of joins: one modality passes through, a missing one is zeros."""

import torch

from emoscan.models.join import Concat


def test_one_modality_is_the_identity():
    vector = torch.randn(3, 5)
    assert torch.equal(Concat({"eeg": 5})({"eeg": vector}), vector)


def test_a_missing_modality_is_zeros_in_its_own_place():
    eeg = torch.randn(3, 5)
    joined = Concat({"face": 2, "eeg": 5})({"eeg": eeg})
    assert torch.equal(joined, torch.cat([torch.zeros(3, 2), eeg], dim=1))
