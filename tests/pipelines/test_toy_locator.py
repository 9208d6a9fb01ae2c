"""A locator of one's own trains to a bundle that crops by itself, without a word of it elsewhere."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.conftest import TINY
from tests.locate.toy import BRIGHT, BrightSquares
from unseen.api import train
from unseen.errors import UnseenError
from unseen.export.bundle import INPUT, UNKNOWN, UNKNOWN_AT
from unseen.inference.predictor import Predictor
from unseen.locate import locator as module
from unseen.locate.locator import find_locator
from unseen.locate.regions import find_regions
from unseen.onnx_session import cpu_session
from unseen.photos.decode import decode
from unseen.progress import Silent
from unseen.runs import read_json

SQUARE_PX, PHOTOS = 60, 16


def draw(rng: np.random.Generator, label: int) -> np.ndarray:
    """A white square somewhere on a noisy photo; a black dot at its left or right side is the class."""
    coarse = rng.integers(0, 120, (6, 8, 3), dtype=np.uint8)
    photo = np.asarray(Image.fromarray(coarse).resize((320, 240), Image.Resampling.BICUBIC)).copy()
    top, left = int(rng.integers(0, 240 - SQUARE_PX)), int(rng.integers(0, 320 - SQUARE_PX))
    photo[top : top + SQUARE_PX, left : left + SQUARE_PX] = 255
    dot = left + (8 if label == 0 else SQUARE_PX - 24)
    photo[top + 20 : top + 40, dot : dot + 16] = 0
    return photo


@pytest.fixture
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setitem(module.LOCATORS, "toy", BrightSquares)
    rng = np.random.default_rng(0)
    for label, name in enumerate(("left", "right")):
        folder = tmp_path / "photos" / name
        folder.mkdir(parents=True)
        for i in range(PHOTOS):
            Image.fromarray(draw(rng, label)).save(folder / f"{i}.png")
    return tmp_path / "photos"


def test_a_second_locator_trains_to_a_bundle_that_agrees(photos: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    train(photos, run, **(TINY | {"focus": "toy", "epochs": 1}))
    assert read_json(run / "run.json")["resolved"]["focus"] == "toy"
    predictor = Predictor(run / "model")
    decoded = [decode(file, predictor.facts.decode_side_px) for file in sorted(photos.rglob("*.png"))[::5]]
    crops = predictor.preprocess(decoded)
    # 12% of each photo is the square, less the dot; of the crop all is
    assert ((crops > BRIGHT).all(axis=3).mean(axis=(1, 2)) > 0.75).all()
    regions = find_regions(find_locator("toy"), decoded, Silent())
    assert regions.found.all()
    assert regions.keypoints is None
    # the graph alone says what is unknown
    dark = np.full((240, 320, 3), 40, np.uint8)
    shown, said = [*(one[..., :3] for one in decoded), dark], predictor.predict([*decoded, dark])
    graph = cpu_session(run / "model" / "model.onnx")
    found = [float(graph.run([UNKNOWN], {INPUT: photo[None]})[0][0]) for photo in shown]
    assert found == pytest.approx([one.unknown for one in said], abs=1e-3)
    at = float(graph.get_modelmeta().custom_metadata_map[UNKNOWN_AT])
    assert at == pytest.approx(predictor.unknown_at, abs=1e-5)
    assert said[-1].label is None
    assert found[-1] > at > np.median(found[:-1])


def test_a_photo_without_the_thing_is_taken_whole(photos: Path, tmp_path: Path) -> None:
    dark = np.full((60, 80, 4), 40, np.uint8)
    regions = find_regions(BrightSquares(), [dark], Silent())
    assert not regions.found.any()
    assert regions.scores.tolist() == [0.0]


def test_an_unknown_locator_is_refused_before_photos_are_read(photos: Path, tmp_path: Path) -> None:
    with pytest.raises(UnseenError, match="focus is 'nose': use auto, whole or hand, toy"):
        train(photos, tmp_path / "run", **(TINY | {"focus": "nose"}))
