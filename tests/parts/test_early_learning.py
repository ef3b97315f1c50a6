"""Early-learning regularisation: the memory of clips, and what it adds to a loss."""

import math

import pytest
import torch

from tests.refusals import refusal
from workflow_scripts.parts.losses import cross_entropy, early_learning_regularisation
from workflow_scripts.study.recipes import check_loss, checked_recipe, read_recipe
from workflow_scripts.training.objective import Objective

LOSS = {"name": "early_learning_regularisation", "momentum": 0.7, "strength": 3, "of": {"name": "cross_entropy"}}
P = torch.tensor([[0.5, 0.3, 0.2], [0.2, 0.7, 0.1]])
TARGETS = torch.eye(3)[[0, 2]]


def regularised(memory, p=P, clips=(0, 2), targets=TARGETS, momentum=0.7, strength=3):
    of = {"name": "cross_entropy"}
    return early_learning_regularisation.losses(
        p.log(), targets, None, memory, torch.tensor(clips), of, momentum, strength
    )


def test_the_memory_of_a_clip_moves_towards_what_is_said_of_it():
    memory = torch.zeros(4, 3)
    memory[2] = torch.tensor([0.0, 1, 0])
    regularised(memory)
    expected = torch.zeros(4, 3)
    expected[0] = 0.3 * P[0]
    expected[2] = 0.7 * torch.tensor([0.0, 1, 0]) + 0.3 * P[1]
    torch.testing.assert_close(memory, expected)


def test_windows_of_one_clip_move_its_memory_by_their_mean():
    memory = torch.zeros(2, 3)
    regularised(memory, clips=(1, 1))
    torch.testing.assert_close(memory, torch.stack([torch.zeros(3), 0.3 * P.mean(dim=0)]))


def test_the_loss_by_hand():
    """Cross-entropy + 3 log(1 - <p, t>) with the memory as the update leaves it: 0.7 t + 0.3 p."""
    memory = torch.zeros(3, 3)
    memory[0] = torch.tensor([0.1, 0.8, 0.1])
    found = regularised(memory)
    agreement = 0.7 * (0.05 + 0.24 + 0.02) + 0.3 * (0.25 + 0.09 + 0.04)
    assert found[0].item() == pytest.approx(math.log(2) + 3 * math.log(1 - agreement), rel=1e-5)


def test_without_strength_it_is_the_loss_that_it_regularises():
    found = regularised(torch.rand(3, 3), strength=0)
    assert found.equal(cross_entropy.losses(P.log(), TARGETS, None))


def test_the_gradient_takes_the_memory_as_given():
    """By finite differences while the memory stays, with a momentum of 1."""
    memory = torch.tensor([[0.1, 0.8, 0.1], [0, 0, 0], [0.3, 0.3, 0.3]]).double()

    def losses(logits):
        clips, of = torch.tensor([0, 2]), {"name": "cross_entropy"}
        return early_learning_regularisation.losses(logits, TARGETS, None, memory, clips, of, 1, 3)

    assert torch.autograd.gradcheck(losses, P.double().log().requires_grad_())
    assert not memory.requires_grad


def test_it_pulls_towards_what_was_said_against_a_label_that_was_not():
    """The label is class 2, of which the memory of the clip says nothing: the pull to it gets weaker."""
    memory = torch.zeros(3, 3)
    memory[2] = torch.tensor([0.0, 1, 0])
    logits = P.log().requires_grad_()
    early_learning_regularisation.losses(
        logits, TARGETS, None, memory, torch.tensor([0, 2]), {"name": "cross_entropy"}, 0.7, 3
    ).sum().backward()
    plain = P - TARGETS
    assert logits.grad[1, 1] < plain[1, 1], "the class that was said loses less"
    assert logits.grad[1, 2] > plain[1, 2], "the label gains less"


def test_a_network_that_is_sure_has_a_finite_loss():
    memory, logits = torch.zeros(1, 3), torch.tensor([[1000.0, 0, 0]])
    for _ in range(50):
        losses = early_learning_regularisation.losses(
            logits, torch.eye(3)[[0]], None, memory, torch.tensor([0]), {"name": "cross_entropy"}, 0.7, 3
        )
    assert losses.isfinite().all()
    agreement = (0.9999**2 + 2 * 0.0001**2) / 1.0001
    assert losses.item() == pytest.approx(3 * math.log(1 - agreement), rel=1e-3), "probabilities are clipped"


# ------------------------------------------------------------------ in a training


def test_an_objective_remembers_from_update_to_update():
    network = torch.nn.Linear(2, 3)
    objective = Objective({"loss": LOSS}, network, (4, 3))
    ones, clips = torch.ones(2), torch.tensor([3, 1])
    assert objective.memory.eq(0).all()
    first = objective(P.log(), TARGETS, ones, ones, clips)
    second = objective(P.log(), TARGETS, ones, ones, clips)
    assert second < first, "the memory agrees more and more"
    torch.testing.assert_close(objective.memory[[3, 1]], (1 - 0.7**2) * P)
    assert Objective({"loss": {"name": "cross_entropy"}}, network, (4, 3)).memory is None


def test_no_other_loss_can_name_it():
    masked = {"name": "masked_in_batch", "above": 0.8, "of": LOSS}
    message = refusal(check_loss, masked, "multiclass", "here")
    assert message.startswith("here: early_learning_regularisation remembers clips, which masked_in_batch")
    assert message.endswith("name it around masked_in_batch")
    check_loss(LOSS | {"of": {"name": "masked_in_batch", "above": 0.8, "of": {"name": "lq"}}}, "multiclass", "here")


def test_it_is_of_clips_of_one_class():
    message = refusal(check_loss, LOSS, "multilabel", "here")
    assert message.endswith("is of multiclass, and this is multilabel; choose another loss")


@pytest.mark.parametrize(
    "mixing", [{"name": "mixup", "alpha": 0.3}, {"name": "scaled_waveforms", "alpha": 1, "gain": [0, 1]}]
)
def test_mixtures_have_no_clip_to_remember(mixing):
    recipe = read_recipe("iqbal-vgg13-a", {})
    recipe = recipe | {"training": recipe["training"] | {"loss": LOSS, "augmentation": mixing}}
    message = refusal(checked_recipe, recipe, "systems/mine.yaml")
    assert message.startswith("systems/mine.yaml: stages.training: loss: early_learning_regularisation remembers clips")
    assert f"{mixing['name']} mixes them" in message
    for keeping in (None, {"name": "contrastive_views"}):
        checked_recipe(recipe | {"training": recipe["training"] | {"augmentation": keeping}}, "systems/mine.yaml")
