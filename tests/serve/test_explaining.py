"""Training photos near an explained one are shown where they still lie in the run's folder, and from nowhere else."""

import base64
import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from tests.conftest import TinyRun
from unseen.explanation.explained import Near
from unseen.explanation.explaining_predictor import ExplainingPredictor
from unseen.serve.explaining import as_json, nearby, training_photos


def test_a_training_photo_is_shown_small_and_only_from_its_folder(tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    (photos / "red").mkdir(parents=True)
    for path in (photos / "red" / "a.png", tmp_path / "secret.png"):
        Image.new("RGB", (300, 200), (200, 0, 0)).save(path)
    shown = nearby(Near("red/a.png", "red", 0.1), photos)
    assert shown is not None
    assert shown.shape == (64, 96, 3)
    assert np.abs(shown.mean(axis=(0, 1)) - [200, 0, 0]).max() < 2
    for name in ("../secret.png", str(tmp_path / "secret.png"), "red/gone.png", ""):
        assert nearby(Near(name, "red", 0.1), photos) is None
    assert nearby(Near("red/a.png", "red", 0.1), None) is None
    kept = np.zeros((2, 2, 3), np.uint8)
    assert nearby(Near("red/a.png", "red", 0.1, kept), photos) is kept


def test_the_folder_is_the_one_that_the_run_names_while_it_is_there(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    assert training_photos("signs:rps") is None
    for photos, expected in ((tmp_path, tmp_path), (tmp_path / "gone", None)):
        (tmp_path / "run" / "run.json").write_text(json.dumps({"schema": 2, "config": {"photos": str(photos)}}))
        for name in ("bundle.json", "model.onnx"):
            (tmp_path / "run" / name).write_text("{}")
        assert training_photos(str(tmp_path / "run")) == expected


def test_where_it_looked_is_tinted_in_the_picture_of_what_it_was_given(tiny_run: TinyRun) -> None:
    found = ExplainingPredictor(tiny_run.root).explain(next((tiny_run.photos / "red").glob("s*.png")))
    corner = np.zeros((8, 8), np.float32)
    corner[:2, :2] = 1
    url = as_json(replace(found, looked=corner), None)["pictures"]["looked"]
    picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2])))).astype(int)
    tint = np.ptp(picture, axis=2)
    assert tint[:4, :4].min() > 30 > tint[len(tint) // 2 :].max()
    assert "looked" not in as_json(replace(found, looked=None), None)["pictures"]
