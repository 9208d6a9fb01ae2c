"""Which output stands for which folder, where names say it, in part, and where they say nothing."""

import string

import numpy as np
import pytest

from unseen.diagnosing.class_match import choose_map, folders_meant, stated_map

LETTERS = tuple(string.ascii_uppercase)


def test_names_are_compared_in_any_case_and_numbers_as_figures_or_words() -> None:
    found = stated_map(("paper", "rock", "scissors"), ("Rock", "Paper", "Scissors", "NONE"), 4)
    assert found is not None
    assert (found.outputs, found.how) == ((1, 0, 2), "names")
    found = stated_map(("0", "1", "two"), ("zero", "Two", "one"), 3)
    assert found is not None
    assert found.outputs == (0, 2, 1)


def test_one_misspelt_name_is_matched_by_answers_and_the_others_are_kept() -> None:
    folders, names = ("nothing", "paper", "rock"), ("paper", "blank", "rock")
    labels = np.repeat(np.arange(3), 20)
    # the network takes half of the paper for rock: by answers alone they would change places
    logs = np.full((60, 3), -4.0)
    logs[np.arange(60), np.array([1, 0, 2])[labels]] = -0.1
    logs[20:30] = [-4.0, -4.0, -0.1]
    found = choose_map(logs, labels, stated_map(folders, names, 3), 3)
    assert (found.outputs, found.how) == ((1, 0, 2), "names")


def test_names_that_say_nothing_leave_the_order_of_folders() -> None:
    found = stated_map(("a", "b", "c"), ("Class 1", "Class 2", "Class 3"), 3)
    assert found is not None
    assert (found.outputs, found.how) == ((0, 1, 2), "order")


@pytest.mark.parametrize(
    ("folders", "names", "outputs", "left_out"),
    [
        # Sign MNIST: J and Z move
        (LETTERS, None, 24, {"J", "Z"}),
        ((*LETTERS, "del", "nothing", "space"), None, 26, {"del", "nothing", "space"}),
        ((*LETTERS, *string.digits), None, 10, set(LETTERS)),
        (("paper", "rock", "scissors", "lizard", "spock"), ("rock", "paper", "scissors"), 3, {"lizard", "spock"}),
        (("A", "B", "C", "nothing"), LETTERS, 26, {"nothing"}),
        # a folder that is spelt otherwise, a name each
        (("paper", "rock", "scissor"), ("paper", "rock", "scissors"), 3, set()),
        # nothing can be told by names
        (("cats", "dogs", "birds"), ("Class 1", "Class 2"), 2, set()),
        (("a", "b"), None, 5, set()),
        (LETTERS, None, 7, set()),
    ],
)  # fmt: skip
def test_folders_of_what_the_network_cannot_know_are_left_out(
    folders: tuple[str, ...], names: tuple[str, ...] | None, outputs: int, left_out: set[str]
) -> None:
    assert set(folders) - set(folders_meant(folders, names, outputs)) == left_out
