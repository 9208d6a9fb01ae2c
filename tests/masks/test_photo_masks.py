import pickle
from pathlib import Path

import numpy as np
import pytest

from tests.masks.planted import GREEN, WALL, hand, overlap, paste, texture, wall
from unseen.errors import UnseenError
from unseen.masks import photo_masks as module
from unseen.masks.find import find_mask
from unseen.masks.mask import Mask
from unseen.masks.photo_masks import find_masks
from unseen.records import Photo, PhotoSet, Uint8Array

PHOTOS = [
    paste(hand(), wall(GREEN)),
    paste(hand(shift=(10, 10)), texture()),
    paste(hand(shift=(-10, 5)), wall(WALL, fall=0.3)),
    paste(hand(), wall(GREEN)),
]


def _set(count: int) -> PhotoSet:
    return PhotoSet(tuple(Photo(f"{i}.png", Path(f"{i}.png"), "one") for i in range(count)), (), ("one",))


def _names(photos: list[Uint8Array]) -> list[str]:
    return [str(i) for i in range(len(photos))]


def test_masks_are_aligned_and_opaque_where_unsure(tmp_path: Path) -> None:
    found = find_masks(_set(4), PHOTOS, _names(PHOTOS), folder=tmp_path)
    assert len(found) == 4
    assert found.usable == 3
    assert overlap(found[0], hand()) > 0.95
    assert overlap(found[2], hand(shift=(-10, 5))) > 0.95
    assert (found[1] == 255).all()
    assert found[1].shape == PHOTOS[1].shape[:2]
    assert found.sure.dtype == np.float32
    assert found.methods[0] == "border"
    assert "3 of 4 photos (75%" in found.describe()
    with pytest.raises(ValueError, match="read-only"):
        found[0][0, 0] = 1


def test_threads_and_store_give_what_one_photo_alone_gives(tmp_path: Path) -> None:
    found = find_masks(_set(4), PHOTOS, _names(PHOTOS), folder=tmp_path)
    for i in (0, 2, 3):
        assert (found[i] == find_mask(PHOTOS[i]).alpha).all()


def test_photos_that_are_not_asked_for_stay_opaque(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []

    def find(photo: Uint8Array, *rest: None) -> Mask:
        looked.append(id(photo))
        return find_mask(photo, *rest[:2])

    monkeypatch.setattr(module, "find_mask", find)
    found = find_masks(_set(4), PHOTOS, _names(PHOTOS), which=np.array([2]), folder=tmp_path)
    assert looked == [id(PHOTOS[2])]
    assert found.known.tolist() == [False, False, True, False]
    assert (found[0] == 255).all()
    assert found[0].shape == PHOTOS[0].shape[:2]
    assert overlap(found[2], hand(shift=(-10, 5))) > 0.95
    assert "1 of 1 photos (100%" in found.describe()


def test_a_second_run_looks_at_no_photo_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = find_masks(_set(4), PHOTOS, _names(PHOTOS), folder=tmp_path)
    monkeypatch.setattr(module, "find_mask", lambda *_: pytest.fail("looked again"))
    again = find_masks(_set(3), PHOTOS[:3][::-1], _names(PHOTOS[:3]), folder=tmp_path)
    assert (again[2] == first[0]).all()
    assert again.sure[::-1].tolist() == first.sure[:3].tolist()


@pytest.mark.parametrize("damage", ["flip", "cut", "gone", "index"])
def test_a_damaged_store_is_made_again(tmp_path: Path, damage: str) -> None:
    before = [np.array(alpha) for alpha in find_masks(_set(4), PHOTOS, _names(PHOTOS), folder=tmp_path)]
    pack = next(tmp_path.rglob("*.pack"))
    content = pack.read_bytes()
    if damage == "flip":
        pack.write_bytes(content[:5] + bytes([content[5] ^ 255]) + content[6:])
    elif damage == "cut":
        pack.write_bytes(content[: len(content) // 2])
    elif damage == "gone":
        pack.unlink()
    else:
        (pack.parent / "store.sqlite").write_bytes(b"not a database" * 100)
    after = find_masks(_set(4), PHOTOS, _names(PHOTOS), folder=tmp_path)
    assert all((one == other).all() for one, other in zip(before, after, strict=True))


def test_masks_travel_to_workers_by_path(tmp_path: Path) -> None:
    found = find_masks(_set(4), PHOTOS, _names(PHOTOS), folder=tmp_path)
    sent = pickle.dumps(found)
    assert len(sent) < 4000
    assert (pickle.loads(sent)[2] == found[2]).all()  # noqa: S301 - made two lines above


def test_lengths_that_differ_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnseenError, match="3 photos, 4 pixels, 4 groups"):
        find_masks(_set(3), PHOTOS, _names(PHOTOS), folder=tmp_path)


def test_an_empty_set_has_no_masks(tmp_path: Path) -> None:
    found = find_masks(_set(0), [], [], folder=tmp_path)
    assert len(found) == 0
    assert found.usable == 0
    assert found.describe()
