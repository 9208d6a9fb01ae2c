from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageDraw

from planted.faults import opaque
from tests.auditing.planted_facts import photo_set, sharp
from tests.real_photos import DATA
from unseen.auditing.burnt_text import text_findings
from unseen.auditing.findings import Finding
from unseen.photos.decode import decode
from unseen.records import Uint8Array

CLASSES = ("one", "two", "fist")
PHOTOS = 60


def captioned(photo: Uint8Array, text: str, bottom: bool = False, size: tuple[int, int] | None = None) -> Uint8Array:
    drawn = Image.fromarray(photo).convert("RGB")
    drawn = drawn.resize(size) if size else drawn
    place = (drawn.width - 40, drawn.height - 16) if bottom else (4, 4)
    ImageDraw.Draw(drawn).text(place, text, fill=(255, 255, 0))
    return opaque(np.asarray(drawn))


def found(text: Callable[[int, str], str], bottom: bool = False, uneven: bool = False) -> list[Finding]:
    labels = [CLASSES[i % 3] for i in range(PHOTOS)]
    sizes = [(160 + 4 * (i % 9), 170 - 3 * (i % 7)) if uneven else None for i in range(PHOTOS)]
    images = [captioned(sharp(i), text(i, labels[i]), bottom, sizes[i]) for i in range(PHOTOS)]
    return text_findings(photo_set(labels), images, [f"g{i // 3}" for i in range(PHOTOS)], 0)


@pytest.mark.parametrize(("bottom", "place"), [(False, "the top left"), (True, "the bottom right")])
@pytest.mark.parametrize("uneven", [False, True])
def test_the_name_of_the_class_in_a_corner_is_found(bottom: bool, place: str, uneven: bool) -> None:
    (finding,) = found(lambda _, label: label, bottom, uneven)
    assert finding.kind == "burnt-text"
    assert finding.details["place"] == place
    assert finding.value is not None
    assert finding.value > 0.9
    assert finding.severity > 0.9
    assert finding.photos == PHOTOS


def test_a_word_on_one_class_only_is_told_by_its_name() -> None:
    (finding,) = found(lambda _, label: "sample" if label == "two" else "")
    assert finding.details["classes"] == ["two"]
    assert finding.photos == PHOTOS // 3


def test_the_same_word_on_all_photos_is_no_leak() -> None:
    assert found(lambda *_: "photo") == []


def test_a_time_that_differs_from_photo_to_photo_is_no_leak() -> None:
    assert found(lambda i, _: f"12:{i:02d}") == []


def test_no_text_no_finding() -> None:
    assert found(lambda *_: "") == []


def test_a_background_of_its_own_for_each_class_is_another_finding() -> None:
    labels = [CLASSES[i % 3] for i in range(PHOTOS)]
    rng = np.random.default_rng(0)
    images = []
    for i in range(PHOTOS):
        photo = sharp(1000 + i % 3).copy()
        photo[60:100, 60:100, :3] = rng.integers(0, 256, 3)
        images.append(photo)
    assert text_findings(photo_set(labels), images, [f"g{i // 3}" for i in range(PHOTOS)], 0) == []


def test_few_photos_or_one_class_say_nothing() -> None:
    few = [captioned(sharp(i), CLASSES[i % 3]) for i in range(9)]
    assert text_findings(photo_set([CLASSES[i % 3] for i in range(9)]), few, [f"{i}" for i in range(9)], 0) == []
    many = [captioned(sharp(i), "one") for i in range(30)]
    assert text_findings(photo_set(["one"] * 30), many, [f"{i}" for i in range(30)], 0) == []


def test_what_is_drawn_is_not_told_from_what_is_still_in_one_burst_of_each_class() -> None:
    labels = [CLASSES[i % 3] for i in range(PHOTOS)]
    images = [captioned(sharp(i), labels[i]) for i in range(PHOTOS)]
    assert text_findings(photo_set(labels), images, labels, 0) == []
    assert text_findings(photo_set(labels), images, [f"{labels[i]}{i % 2}" for i in range(PHOTOS)], 0) != []


@pytest.mark.real_photos
def test_hands_of_real_photos_are_no_text_and_a_caption_on_them_is() -> None:
    files = [file for label in "012345" for file in sorted((DATA / "sign_digits" / label).iterdir())[:30]]
    labels, images = [file.parent.name for file in files], [decode(file, 100) for file in files]
    groups = [str(i) for i in range(len(files))]
    assert text_findings(photo_set(labels), images, groups, 0) == []
    told = [captioned(image, f"sign {label}") for image, label in zip(images, labels, strict=True)]
    (finding,) = text_findings(photo_set(labels), told, groups, 0)
    assert finding.details["place"] == "the top left"
