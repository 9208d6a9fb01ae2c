"""Known signs: used where names match and photos agree, and then a head learns signs that its own photos lack."""

import numpy as np
import pytest
import torch

from unseen.features.feature_set import FeatureSet
from unseen.locate.sign_net import SIGN
from unseen.models.head import Head
from unseen.progress import Silent
from unseen.training.known_signs import SignSpace, find_known_signs, nearly_all_known, read_spaces
from unseen.training.linear_probe import ProbeOptions, fit_head


def space(name: str) -> SignSpace:
    return next(one for one in read_spaces() if one.name == name)


def shown(known: SignSpace, labels: list[int], each: int = 20, seed: int = 0) -> FeatureSet:
    """Photos of other people: 10 features that say nothing, then the embedding."""
    rng = np.random.default_rng(seed)
    rows = np.repeat(labels, each)
    signs = known.means[rows] + rng.standard_normal((len(rows), SIGN)) @ known.spread.T
    features = np.concatenate([rng.standard_normal((len(rows), 10)), signs], axis=1).astype(np.float32)
    return FeatureSet(features, np.repeat(np.arange(len(labels)), each))


def test_every_space_is_whole() -> None:
    for known in read_spaces():
        assert known.weight.shape == known.means.shape == (len(known.labels), SIGN)
        # the head of a space labels the middle of each sign as that sign
        said = (known.means @ known.weight.T + known.bias).argmax(axis=1)
        assert float((said == np.arange(len(known.labels))).mean()) > 0.9, known.name


@pytest.mark.parametrize("names", [("Rock", "paper", "SCISSORS"), ("rock", "paper", "something else")])
def test_classes_that_are_named_and_shown_alike_are_known(names: tuple[str, ...]) -> None:
    rps = space("rps")
    own = shown(rps, [rps.labels.index(name) for name in ("rock", "paper", "scissors")])
    known = find_known_signs(names, own.features, own.labels)
    assert known is not None
    assert known.space.name == "rps"
    assert known.agreement > 0.9
    assert len(known.classes) == sum(name.lower() in rps.labels for name in names)


def test_other_signs_of_the_same_name_are_not() -> None:
    letters = space("letters")
    places = [letters.labels.index(name) for name in "ABVLY"]
    own = shown(letters, places)
    assert find_known_signs(tuple("ABVLY"), own.features, own.labels) is not None
    assert find_known_signs(tuple("BVLYA"), own.features, own.labels) is None
    believed = find_known_signs(tuple("BVLYA"), own.features, own.labels, "signs:letters")
    assert believed is not None
    assert believed.agreement < 0.3


def test_none_is_known_where_that_is_asked_or_names_say_nothing() -> None:
    rps = space("rps")
    own = shown(rps, [0, 1])
    assert find_known_signs(("paper", "rock"), own.features, own.labels, "none") is None
    assert find_known_signs(("cat", "dog"), own.features, own.labels) is None
    assert not nearly_all_known(None, 2)


def test_two_of_two_classes_are_nearly_all_and_two_of_four_are_not() -> None:
    rps = space("rps")
    own = shown(rps, [0, 1])
    known = find_known_signs(("paper", "rock"), own.features, own.labels)
    assert nearly_all_known(known, 2)
    assert not nearly_all_known(known, 4)


def test_a_class_without_a_training_photo_is_known_with_the_others() -> None:
    rps = space("rps")
    own = shown(rps, [rps.labels.index(name) for name in ("paper", "rock")])
    known = find_known_signs(("paper", "rock", "scissors"), own.features, own.labels)
    assert known is not None
    assert known.classes == (0, 1, 2)


def test_number_words_are_digits() -> None:
    assert space("counting").place("Three") == space("counting").labels.index("3")


def test_a_head_learns_how_others_show_a_sign() -> None:
    """One person's signs differ by features that say nothing of other people's, and not in the embedding."""
    letters = space("letters")
    places = [letters.labels.index(name) for name in "ASV"]
    own = shown(letters, places, each=6, seed=1)
    own.features[:, :10] += 4 * own.labels[:, None]
    own.features[:, 10:] = own.features[0, 10:]
    known = find_known_signs(tuple("ASV"), own.features, own.labels, "signs:letters")
    assert known is not None
    others = shown(letters, places, each=50, seed=2)

    def accuracy(train: FeatureSet) -> float:
        torch.manual_seed(0)
        head = Head(SIGN + 10, 3)
        fit_head(head, train, own, ProbeOptions(0, "none", 0.02, 0.0), Silent())
        with torch.inference_mode():
            return float((head(torch.from_numpy(others.features)).argmax(dim=1).numpy() == others.labels).mean())

    pooled = known.pooled_with(own, seed=0)
    assert len(pooled.labels) > len(own.labels)
    assert accuracy(own) < 0.6
    assert accuracy(pooled) > 0.9
