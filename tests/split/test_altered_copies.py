from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageOps

from tests.real_photos import DATA
from unseen.photos.decode import decode
from unseen.records import BoolArray, Int64Array, Uint8Array
from unseen.split.altered_copies import AlteredLinks, altered_links
from unseen.split.fingerprint import fingerprint

from .scenes import hand_on_wall, pan, scene

SOURCES = 24


def nothing_settled(a: Int64Array, _: Int64Array) -> BoolArray:
    return np.zeros(len(a), np.bool_)


def links(pixels: list[Uint8Array], labels: list[int] | None = None) -> AlteredLinks:
    named = np.array(labels if labels else [0] * len(pixels))
    found = list(altered_links(fingerprint(pixels), pixels, named, nothing_settled))
    columns = [[getattr(piece, name) for piece in found] or [np.zeros(0, np.int64)] for name in ("a", "b", "sure")]
    return AlteredLinks(*(np.concatenate(column) for column in columns))


def pairs(found: AlteredLinks) -> set[tuple[int, int]]:
    return {(min(a, b), max(a, b)) for a, b in zip(found.a.tolist(), found.b.tolist(), strict=True)}


def image(photo: Uint8Array) -> Image.Image:
    return Image.fromarray(photo).convert("RGB")


def opaque(made: Image.Image) -> Uint8Array:
    return np.asarray(made.convert("RGBA"))


def cropped(made: Image.Image, share: float) -> Image.Image:
    width, height = round(share * made.width), round(share * made.height)
    left, top = (made.width - width) // 3, (made.height - height) // 2
    return made.crop((left, top, left + width, top + height)).resize(made.size, Image.Resampling.BICUBIC)


TURNED: list[Callable[[Image.Image], Image.Image]] = [
    ImageOps.mirror,
    ImageOps.flip,
    lambda made: made.rotate(90, expand=True),
    lambda made: made.rotate(180),
    lambda made: made.rotate(20, Image.Resampling.BICUBIC),
    lambda made: made.rotate(-30, Image.Resampling.BICUBIC),
    lambda made: ImageEnhance.Brightness(ImageOps.mirror(made).rotate(12)).enhance(0.8),
]


@pytest.mark.parametrize("alter", TURNED)
def test_a_mirrored_or_rotated_copy_is_found_and_is_certain(alter: Callable[[Image.Image], Image.Image]) -> None:
    base = [scene(seed, cells=7) for seed in range(SOURCES)]
    found = links([*base, opaque(alter(image(base[5])))])
    assert pairs(found) == {(5, SOURCES)}
    assert found.sure.all()


@pytest.mark.parametrize("share", [0.9, 0.8])
def test_a_crop_is_found_in_its_class_but_may_be_a_frame_a_moment_later(share: float) -> None:
    base = [scene(seed, cells=7) for seed in range(SOURCES)]
    copy = opaque(cropped(image(base[5]), share))
    found = links([*base, copy])
    assert pairs(found) == {(5, SOURCES)}
    assert not found.sure.any()
    assert pairs(links([*base, copy], [0] * SOURCES + [1])) == set()


def test_photos_that_are_not_square_keep_their_proportions() -> None:
    base = [scene(seed, cells=7)[:, 20:130] for seed in range(SOURCES)]
    assert pairs(links([*base, opaque(image(base[5]).rotate(25, Image.Resampling.BICUBIC))])) == {(5, SOURCES)}


def test_different_photos_and_hands_on_one_wall_are_no_copies() -> None:
    assert pairs(links([scene(seed, cells=7) for seed in range(60)])) == set()
    places = [(y, x) for y in (15, 65, 115) for x in (15, 65, 115)]
    assert not links([hand_on_wall(5, place, size=45) for place in places]).sure.any()


def test_frames_of_a_pan_are_never_certain() -> None:
    assert not links(pan(7, 20, step=8)).sure.any()


def test_what_is_settled_is_not_looked_at() -> None:
    base = [scene(seed, cells=7) for seed in range(4)]
    pixels = [*base, opaque(ImageOps.mirror(image(base[1])))]
    found = altered_links(fingerprint(pixels), pixels, np.zeros(5, np.int64), lambda a, _: np.ones(len(a), np.bool_))
    assert [len(piece.a) for piece in found] == []


def test_blank_photos_and_none_at_all() -> None:
    blank = np.full((64, 64, 4), 255, np.uint8)
    assert pairs(links([blank, blank])) == set()
    assert pairs(links([])) == set()


@pytest.mark.real_photos
@pytest.mark.parametrize("name", ["sign_digits/3", "asl_kept/train/B", "rps_freeman/rock"])
def test_of_real_photos_mirrored_copies_are_found_and_no_others_are_certain(name: str) -> None:
    base = [decode(file, 128) for file in sorted((DATA / name).iterdir())[:60]]
    found = links([*base, *(opaque(ImageOps.mirror(image(photo))) for photo in base[::6])])
    certain = {(int(a), int(b)) for a, b in zip(found.a[found.sure], found.b[found.sure], strict=True)}
    assert {(min(pair), max(pair)) for pair in certain} >= {(6 * i, 60 + i) for i in range(10)}
    assert all(max(pair) >= 60 for pair in certain)
