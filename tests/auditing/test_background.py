import numpy as np
import pytest
from PIL import Image

from planted.faults import opaque, texture
from tests.auditing.planted_facts import photo_set
from tests.real_photos import DATA
from unseen.auditing.background import background_findings, describe_backgrounds
from unseen.auditing.findings import Finding
from unseen.records import Uint8Array

LABELS = ["a", "b", "c"] * 30
GROUPS = [f"person{i // 6}" for i in range(90)]  # every person shows every class


def photo(background: Uint8Array, label: str) -> Uint8Array:
    """The subject is a square whose colour is the class."""
    made = background.copy()
    made[16:48, 16:48, :3] = {"a": 40, "b": 130, "c": 220}[label]
    return made


def findings(pixels: list[Uint8Array]) -> dict[str, Finding]:
    told = background_findings(photo_set(LABELS), describe_backgrounds(pixels), GROUPS, 0)
    return {one.kind: one for one in told}


def test_a_texture_a_class_is_found_with_its_number() -> None:
    rng = np.random.default_rng(0)
    found = findings([photo(texture("abc".index(label), rng), label) for label in LABELS])["background-shortcut"]
    assert found.value is not None
    assert found.value > 0.95
    assert found.severity >= 0.9
    assert found.details["p_value"] < 0.01
    assert abs(found.details["chance_level"] - 1 / 3) < 0.06
    assert found.details["by_group"]


def test_a_random_texture_a_photo_is_silent_though_the_subject_is_the_class() -> None:
    rng = np.random.default_rng(0)
    assert findings([photo(texture(100 + i, rng), label) for i, label in enumerate(LABELS)]) == {}


def test_a_room_a_person_is_no_shortcut_where_all_classes_are_shown_in_it() -> None:
    rng = np.random.default_rng(0)
    pixels = [photo(texture(int(GROUPS[i].removeprefix("person")), rng), label) for i, label in enumerate(LABELS)]
    assert "background-shortcut" not in findings(pixels)


def test_a_class_in_one_room_is_found_though_no_group_can_be_held_out() -> None:
    rng = np.random.default_rng(0)
    pixels = [photo(texture("abc".index(label), rng), label) for label in LABELS]
    rooms = [f"room {label}" for label in LABELS]
    (found,) = background_findings(photo_set(LABELS), describe_backgrounds(pixels), rooms, 0)
    assert found.kind == "background-shortcut"
    assert "one by one" in found.headline


def test_one_background_is_told_and_several_are_not() -> None:
    rng = np.random.default_rng(0)
    same = findings([photo(texture(7, rng), label) for label in LABELS])
    assert set(same) == {"one-background"}
    red, green, blue = same["one-background"].details["median_rgb"]
    colour = np.random.default_rng(7).integers(40, 215, 3)
    assert np.abs(np.array([red, green, blue]) - colour).max() <= 12


def test_a_handful_of_photos_is_not_judged() -> None:
    pixels = [photo(texture(0, np.random.default_rng(0)), "a")] * 4
    assert background_findings(photo_set(["a", "b"] * 2), describe_backgrounds(pixels), ["g"] * 4, 0) == []


@pytest.mark.real_photos
@pytest.mark.parametrize(("folder", "kinds"), [("rps_freeman", ["one-background"]), ("rps_subhi", [])])
def test_green_felt_is_one_background_and_rooms_are_not(folder: str, kinds: list[str]) -> None:
    files = sorted((DATA / folder).rglob("*.jpg"))[::5]
    pixels = []
    for file in files:
        with Image.open(file) as image:
            image.draft("RGB", (128, 128))
            pixels.append(opaque(np.asarray(image.convert("RGB"))))
    photos = photo_set([file.parent.name for file in files])
    groups = [file.name.split("pic")[0] if "pic" in file.name else file.name for file in files]
    assert [one.kind for one in background_findings(photos, describe_backgrounds(pixels), groups, 0)] == kinds
