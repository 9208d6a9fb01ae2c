"""The embedding of signs: the shipped file is whole, its heads name their labels, one wild value does not decide."""

import torch
from safetensors import safe_open

from unseen.locate.hand_pose import DESCRIPTORS
from unseen.locate.sign_net import SIGN, WEIGHTS, SignNet, builtin_signs


def test_the_shipped_network_is_frozen_and_embeds_any_number_of_hands() -> None:
    network = builtin_signs()
    signs = network(torch.zeros(3, 2 * DESCRIPTORS))
    assert signs.shape == (3, SIGN)
    assert bool(torch.isfinite(signs).all())
    assert not any(parameter.requires_grad for parameter in network.parameters())


def test_the_heads_in_the_file_name_their_labels() -> None:
    with safe_open(WEIGHTS, "pt") as file:
        labels = {space: text.split("\n") for space, text in file.metadata().items()}
        for space in ("letters", "digits", "counting", "rps"):
            assert file.get_slice(f"heads.{space}.weight").get_shape() == [len(labels[space]), SIGN]
    assert labels["rps"] == ["paper", "rock", "scissors"]
    assert set("ABCDEFGHIJKLMNOPQRSTUVWXYZ") <= set(labels["letters"])


def test_one_wild_value_does_not_decide() -> None:
    network = SignNet()
    network.std.fill_(0.1)
    wild = torch.zeros(1, 2 * DESCRIPTORS)
    wild[0, 5] = 1e6
    limit = wild.clone()
    limit[0, 5] = 0.3
    assert torch.equal(network(wild), network(limit))
