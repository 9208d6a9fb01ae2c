"""Signs that `--also` names are classes without photos: told by what other people show, never tested."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from unseen.config import TrainConfig
from unseen.dataset.dataset import SplitDataset
from unseen.dataset.split_dataset import load_split_dataset
from unseen.errors import SettingError
from unseen.features.feature_set import FeatureSet
from unseen.inference.reference import make_reference
from unseen.locate.sign_net import SIGN
from unseen.models.head import Head
from unseen.pipelines.stages.fit_head import with_signs_without_photos
from unseen.pipelines.stages.what_is_known import turn_of, with_locator, with_signs
from unseen.progress import Silent
from unseen.training.known_signs import SignSpace, find_known_signs, read_spaces
from unseen.training.linear_probe import ProbeOptions, fit_head
from unseen.training.refit import head_logits


@pytest.fixture
def data(tmp_path: Path) -> SplitDataset:
    """Noise in two classes that bear names of signs."""
    rng = np.random.default_rng(0)
    for name in ("Paper", "rock"):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for i in range(4):
            noise = Image.fromarray(rng.integers(0, 255, (32, 32, 3), dtype=np.uint8))
            noise.save(tmp_path / "photos" / name / f"{i}.png")
    config = TrainConfig(str(tmp_path / "photos"), str(tmp_path / "run"))
    return load_split_dataset(config, 32, tmp_path / "split.csv", Silent())


def asked(also: tuple[str, ...], known: str = "signs:rps") -> TrainConfig:
    return TrainConfig("photos", "run", known_signs=known, also=also)  # type: ignore[arg-type]  # any text


def test_what_has_no_photos_comes_last_and_photos_keep_their_labels(data: SplitDataset) -> None:
    for also in (("all",), ("scissors",), ("Rock", "scissors")):
        more = with_signs_without_photos(asked(also), data)
        assert more.classes == ("Paper", "rock", "scissors")
        assert more.labels.tolist() == data.labels.tolist()
        assert len(more.notes) == len(data.notes) + 1
    assert with_signs_without_photos(asked(("rock",)), data) is data
    assert with_signs_without_photos(TrainConfig("photos", "run"), data) is data


@pytest.mark.parametrize(("also", "known", "said"), [("lizard", "signs:rps", "'lizard'"), ("all", "auto", "--from")])
def test_a_sign_that_nobody_taught_is_refused(data: SplitDataset, also: str, known: str, said: str) -> None:
    with pytest.raises(SettingError, match=said):
        with_signs_without_photos(asked((also,), known), data)


@pytest.fixture
def letters() -> SignSpace:
    return next(one for one in read_spaces() if one.name == "letters")


def shown(letters: SignSpace, names: str, seed: int) -> FeatureSet:
    """What other people show: 300 chance features of pixels and joints, then the sign."""
    rng = np.random.default_rng(seed)
    places = np.repeat([letters.labels.index(name) for name in names], 25)
    signs = letters.means[places] + rng.standard_normal((len(places), SIGN), np.float32) @ letters.spread.T
    rest = rng.standard_normal((len(places), 300), np.float32) * 0.01
    return FeatureSet(np.concatenate([rest, signs], axis=1), np.repeat(np.arange(len(names)), 25))


def test_a_head_tells_signs_that_have_no_photos(letters: SignSpace) -> None:
    own = shown(letters, "ABL", 0)
    classes = tuple("ABLVWY")
    signs = find_known_signs(classes, own.features, own.labels, "signs:letters", [letters])
    assert signs is not None
    assert sorted(signs.classes) == list(range(6))
    head = Head(own.features.shape[1], 6)
    fit_head(head, signs.pooled_with(own, 0), own, ProbeOptions(0, "weights", 0.02, 0.0), Silent())
    others = shown(letters, "ABLVWY", 1)
    said = head_logits(head, others.features).argmax(axis=1)
    assert (said == others.labels).mean() > 0.9
    alone = Head(own.features.shape[1], 6)
    fit_head(alone, own, own, ProbeOptions(0, "weights", 0.02, 0.0), Silent())
    assert (head_logits(alone, others.features).argmax(axis=1) == others.labels).mean() < 0.6


def test_a_sign_without_photos_is_not_far_from_all_that_is_known(letters: SignSpace) -> None:
    own = shown(letters, "AB", 0)
    signs = find_known_signs(tuple("ABL"), own.features, own.labels, "signs:letters", [letters])
    assert signs is not None
    held_out = own.features, own.labels, np.zeros((len(own.labels), 3), np.float32)
    known = make_reference((own.features, own.labels), held_out, 3)
    turn = turn_of([letters])
    known = with_locator(known, np.full(len(own.labels), 0.99, np.float32), own.features, own.labels, turn)
    assert np.isnan(known.places[2]).all()
    placed = with_signs(known, tuple("ABL"), signs)
    assert np.allclose(placed.places[2], letters.means[letters.labels.index("L")] @ turn, atol=1e-4)
    assert np.array_equal(placed.places[:2], known.places[:2])
    assert np.isnan(with_signs(known, tuple("ABL"), None).places[2]).all()
    assert np.isnan(replace(known).places[2]).all()  # the reference that was given stays as it is
