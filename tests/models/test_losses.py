"""Laws of the losses: missing labels weigh nothing, known values come out."""

import math

import pytest
import torch

from emoscan.models.training.losses import category_loss, concordance_loss, unit_loss


def test_category_loss_of_an_undecided_model_is_the_log_of_the_number_of_classes():
    assert category_loss(torch.zeros(5, 4), torch.arange(5) % 4).item() == pytest.approx(math.log(4))


def test_windows_without_a_category_do_not_change_the_loss():
    logits, category = torch.randn(6, 3), torch.tensor([0, 1, 2, -1, -1, 0])
    kept = category >= 0
    assert category_loss(logits, category) == category_loss(logits[kept], category[kept])


def test_perfect_agreement_has_no_concordance_loss():
    truth = torch.randn(20, 2)
    assert concordance_loss(truth.clone(), truth).item() == pytest.approx(0, abs=1e-6)


def test_opposite_values_have_the_largest_concordance_loss():
    truth = torch.tensor([[-1.0], [1.0]])
    assert concordance_loss(-truth, truth).item() == pytest.approx(2)


def test_a_constant_prediction_has_dimension_loss_one_and_a_finite_gradient():
    predicted = torch.zeros(10, 1, requires_grad=True)
    loss = concordance_loss(predicted, torch.randn(10, 1))
    loss.backward()
    assert loss.item() == pytest.approx(1)
    assert torch.isfinite(predicted.grad).all()


def test_each_dimension_counts_only_where_it_is_labelled():
    truth = torch.randn(12, 2)
    predicted = torch.randn(12, 2)
    masked = truth.clone()
    masked[8:, 1] = math.nan
    whole, part = (predicted[:, :1], truth[:, :1]), (predicted[:8, 1:], truth[:8, 1:])
    expected = (concordance_loss(*whole) + concordance_loss(*part)) / 2
    assert concordance_loss(predicted, masked).item() == pytest.approx(expected.item())


@pytest.mark.parametrize(
    "loss, truth",
    [
        (category_loss, torch.full((4,), -1)),
        (concordance_loss, torch.full((4, 2), math.nan)),
        (unit_loss, torch.full((4, 2), math.nan)),
    ],
)
def test_a_batch_without_labels_gives_zero_loss_and_zero_gradient(loss, truth):
    outputs = torch.randn(4, 2, requires_grad=True)
    value = loss(outputs, truth)
    value.backward()
    assert value.item() == 0
    assert (outputs.grad == 0).all()


def test_unit_loss_counts_each_labelled_unit_once():
    truth = torch.tensor([[1.0, math.nan], [0.0, 1.0]])
    assert unit_loss(torch.zeros(2, 2), truth).item() == pytest.approx(math.log(2))
