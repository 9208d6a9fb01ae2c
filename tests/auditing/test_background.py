import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from planted.faults import opaque, texture
from tests.auditing.planted_facts import photo_set
from tests.real_photos import DATA
from unseen.auditing.background import background_findings, describe_backgrounds, giveaway
from unseen.auditing.findings import Finding
from unseen.records import Uint8Array

LABELS = ["a", "b", "c"] * 30
GROUPS = [f"person{i // 6}" for i in range(90)]  # every person shows every class
SIDE = 64


def subject_mask(top: int = 16) -> npt.NDArray[np.bool_]:
    mask = np.zeros((SIDE, SIDE), np.bool_)
    mask[top : top + 32, 16:48] = True
    return mask


def photo(background: Uint8Array, label: str, mask: npt.NDArray[np.bool_] | None = None) -> Uint8Array:
    """The subject is a square whose colour is the class."""
    made = background.copy()
    made[subject_mask() if mask is None else mask, :3] = {"a": 40, "b": 130, "c": 220}[label]
    return made


def findings(pixels: list[Uint8Array], masks: list[npt.NDArray[np.bool_]] | None = None) -> dict[str, Finding]:
    told = background_findings(photo_set(LABELS), describe_backgrounds(pixels, masks), GROUPS, 0)
    return {one.kind: one for one in told}


def test_a_texture_a_class_is_found_with_its_number() -> None:
    rng = np.random.default_rng(0)
    found = findings([photo(texture("abc".index(label), rng), label) for label in LABELS])["background-shortcut"]
    assert found.value is not None
    assert found.value > 0.95
    assert found.severity >= 0.9
    assert found.details["p_value"] < 0.01
    assert abs(found.details["chance"] - 1 / 3) < 0.06
    assert found.details["by_group"]


def test_a_random_texture_a_photo_is_silent_though_the_subject_is_the_class() -> None:
    rng = np.random.default_rng(0)
    assert findings([photo(texture(100 + i, rng), label) for i, label in enumerate(LABELS)]) == {}


def test_a_mask_hides_a_subject_that_reaches_the_edge() -> None:
    rng = np.random.default_rng(0)
    at_edge = subject_mask(top=0)
    pixels = [photo(texture(100 + i, rng), label, at_edge) for i, label in enumerate(LABELS)]
    colours = describe_backgrounds(pixels).descriptors
    bare = giveaway(colours, photo_set(LABELS).labels, GROUPS, 0)
    assert bare is not None
    assert bare.accuracy > 0.6  # without a mask the subject itself is seen
    assert findings(pixels, [at_edge] * 90) == {}


def test_masks_of_another_size_than_the_photo_fit() -> None:
    half = subject_mask()[::2, ::2]
    pixels = [photo(texture(1, np.random.default_rng(0)), "a")]
    whole = describe_backgrounds(pixels, [subject_mask()]).descriptors
    assert np.abs(describe_backgrounds(pixels, [half]).descriptors - whole).max() < 0.05


def test_a_photo_that_is_all_subject_is_described_by_its_edge() -> None:
    pixels = [photo(texture(1, np.random.default_rng(0)), "a")]
    full = np.ones((SIDE, SIDE), np.bool_)
    assert np.array_equal(describe_backgrounds(pixels, [full]).descriptors, describe_backgrounds(pixels).descriptors)


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


def test_network_features_of_masked_photos_are_tried_too() -> None:
    rng = np.random.default_rng(0)
    backgrounds = describe_backgrounds([photo(texture(100 + i, rng), label) for i, label in enumerate(LABELS)])
    photos = photo_set(LABELS)
    features = (np.eye(3)[photos.labels] + 0.1 * rng.normal(size=(90, 3))).astype(np.float32)
    (found,) = background_findings(photos, backgrounds, GROUPS, 0, features=features)
    assert found.details["tried"] == 2


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
