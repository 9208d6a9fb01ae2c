"""The page of a diagnosis: both ways beside each other, the lines to copy, what to do, and no folder of the person."""

import json
from pathlib import Path

import numpy as np
import pytest

import unseen
from tests.foreign.made_models import planted_photos, write_centroid_onnx, write_planted
from unseen.diagnosing.photo_reading import Reading
from unseen.diagnosing.scaling import numbers, picture_of
from unseen.diagnosing.snippets import snippets

READING = Reading(16, 16, "1/127.5-1", "bgr", "nchw", "crop")
PHOTO = np.stack(planted_photos(2)[0])


def test_what_the_network_sees_is_the_photo_where_it_is_prepared_rightly() -> None:
    for scale in ("raw", "1/127.5-1", "imagenet", "caffe", "1/255/255"):
        for order, channels in (("rgb", 3), ("bgr", 3), ("grey", 1)):
            right = Reading(40, 80, scale, order)  # type: ignore[arg-type]
            found = picture_of(numbers(PHOTO, right.scale, right.order, channels), right)
            if channels == 3:
                assert np.array_equal(found, PHOTO), right
            assert found.shape == PHOTO.shape
    # levels for a network that wants -1 to 1: all white; colours that change places stay
    right = Reading(40, 80, "1/127.5-1", "bgr")
    assert picture_of(numbers(PHOTO, "raw", "bgr", 3), right).min() >= 127
    assert np.array_equal(picture_of(numbers(PHOTO, "1/127.5-1", "rgb", 3), right), PHOTO[..., ::-1])


def test_the_page_says_what_each_difference_costs_and_shows_both_ways(tmp_path: Path) -> None:
    photos = write_planted(tmp_path / "colours")
    model = write_centroid_onnx(tmp_path / "net.onnx", READING)
    settings = {"groups": "(s[0-9]+)_", "as_": "scale=1/255,order=rgb,fit=squash"}
    result = unseen.doctor(model, photos, tmp_path / "d", **settings)  # type: ignore[arg-type]
    page = (tmp_path / "d" / "doctor.html").read_text()
    found = result.diagnosis
    assert found.reading is not None
    assert "the preprocessing was wrong" in page
    assert page.count("<img ") == 12  # four photos, the two ways of each
    assert page.count("Your way: ") == 4
    assert page.count("as the network takes it") == 8
    code = snippets(found.reading, found.channels)["pillow"]
    assert code.splitlines()[0].replace('"', "&#34;") in page
    assert "Content-Security-Policy" in page
    stated = json.loads((tmp_path / "d" / "doctor.json").read_text())["differences"]
    assert page.count("points lost") >= len(stated)


def test_a_model_that_guesses_gets_steps_and_no_lines(tmp_path: Path) -> None:
    photos = write_planted(tmp_path / "colours")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("unseen.pipelines.doctor.withstands", None)
        flat = unseen.doctor(
            lambda images: np.full((len(images), 3), 1 / 3, np.float32), photos, tmp_path / "d",
            classes=["green", "orange", "violet"],
        )  # fmt: skip
    assert flat.diagnosis.claim == "nothing"
    page = (tmp_path / "d" / "doctor.html").read_text()
    assert "clearly better than guessing" in page
    assert "Lines to copy" not in page
    assert "Look at the photos and their folders" in page
