"""A photo set and its pixels in; a matte for each, memory-mapped and kept by content, out."""

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from unseen.errors import UnseenError
from unseen.locate.skeleton import HAND_SKELETON
from unseen.masks.find import find_mask
from unseen.masks.mask import MIN_CONFIDENCE, Mask, Method
from unseen.masks.mask_store import Kept, MatteStore
from unseen.masks.plate import find_plates
from unseen.progress import Progress, Silent
from unseen.records import BoolArray, Float32Array, Images, Int64Array, PhotoSet, Uint8Array
from unseen.store.folder import cache_root, writable
from unseen.store.pixels import map_pack
from unseen.threads import work_ahead

MATTE_VERSION = 1  # raise it when alphas change for the same pixels: the store keys on it
_COMMIT_PHOTOS = 500  # mattes at most lost to a kill: about ten seconds of work


class Mattes(Sequence[Uint8Array]):
    """N mattes aligned with their photos, (H, W) uint8 each, read-only; 255 everywhere where it is not sure.

    looked_at: how many were looked for. sure: (N,) float32, 0 to 1. methods: what found each. Goes to worker processes
    by path, not by content.
    """

    def __init__(self, folder: Path, kept: Sequence[Kept], looked_at: int) -> None:
        self._folder = folder
        self._kept = tuple(kept)
        self.looked_at = looked_at
        self._maps = {name: map_pack(folder / name) for name in {one.pack for one in kept if one.pack}}
        self.sure: Float32Array = np.array([one.sure for one in kept], dtype=np.float32)
        self.methods: tuple[Method, ...] = tuple(one.method for one in kept)

    def __reduce__(self) -> tuple[type["Mattes"], tuple[Path, tuple[Kept, ...], int]]:
        return Mattes, (self._folder, self._kept, self.looked_at)

    def __len__(self) -> int:
        return len(self._kept)

    def __getitem__(self, index: int) -> Uint8Array:  # type: ignore[override]  # slices would hide a copy
        """Return alpha `index` as (H, W) uint8, a view that cannot be written."""
        one = self._kept[index]
        if one.pack is None:
            return np.broadcast_to(np.uint8(255), (one.height, one.width))
        flat = np.frombuffer(self._maps[one.pack], dtype=np.uint8, count=one.height * one.width, offset=one.at)
        return flat.reshape(one.height, one.width)

    @property
    def matted(self) -> BoolArray:
        """Which photos have a matte that is sure enough to be used, (N,) bool."""
        return np.array([one.pack is not None for one in self._kept], dtype=np.bool_)

    @property
    def usable(self) -> int:
        """How many are sure enough to be used."""
        return sum(one.pack is not None for one in self._kept)

    def describe(self) -> str:
        """Return a sentence with the counts, for the screen."""
        if not self.looked_at:
            return "no photos to find the subject in"
        by = Counter(one.method for one in self._kept if one.pack)
        ways = ", ".join(f"{count:,} by {method}" for method, count in by.most_common())
        share = self.usable / self.looked_at
        said = f"the subject is known in {self.usable:,} of {self.looked_at:,} photos ({share:.0%}"
        return f"{said}: {ways})" if by else f"{said})"


def find_mattes(
    photo_set: PhotoSet,
    pixels: Images,
    groups: Sequence[str],
    progress: Progress | None = None,
    *,
    joints: Float32Array | None = None,
    which: Int64Array | None = None,
    folder: Path | None = None,
) -> Mattes:
    """Find the subjects of photos, on all cores; photos seen before are not looked at again.

    pixels: N photos (H, W, 4) uint8 aligned with `photo_set`. groups: N names; a group may share a static camera.
    joints: (N, 21, 2) float32, x and y of the hand's joints in shares of the photo's width and height, NaN where none
    is known; they help where the background cannot tell. which: positions of the photos that are looked at, by default
    all; the others stay opaque. folder: where mattes are kept, by default in the cache. Alphas are never all in memory.
    """
    if not len(photo_set.photos) == len(pixels) == len(groups):
        raise UnseenError(
            f"{len(photo_set.photos)} photos, {len(pixels)} pixels, {len(groups)} groups: mattes need one of each"
        )
    progress = progress or Silent()
    some = range(len(pixels)) if which is None else which.tolist()
    hands = [_hand(joints, i) for i in some]
    root, said = writable(cache_root() / "mattes" if folder is None else folder)
    if said:
        progress.say(said)
    try:
        with closing(MatteStore(root)) as store:
            found = _find_all(_Chosen(pixels, some), [groups[i] for i in some], hands, store, progress)
        kept = dict(zip(some, found, strict=True))
        return Mattes(root, [kept.get(i) or _opaque(pixels[i]) for i in range(len(pixels))], len(some))
    except (OSError, sqlite3.Error) as error:
        raise UnseenError(f"mattes in {root} cannot be kept ({error}): free some space, or delete it") from None


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The photos at `positions`; a `Images`."""

    photos: Images
    positions: Sequence[int]

    def __len__(self) -> int:
        return len(self.positions)

    def __getitem__(self, position: int, /) -> Uint8Array:
        return self.photos[self.positions[position]]


def _opaque(photo: Uint8Array) -> Kept:
    """Return the matte of a photo that is not looked at."""
    return Kept(0.0, "none", photo.shape[0], photo.shape[1], None, 0, 0)


def _find_all(
    pixels: Images,
    groups: Sequence[str],
    hands: Sequence[Float32Array | None],
    store: MatteStore,
    progress: Progress,
) -> list[Kept]:
    with progress.task("find subjects", len(pixels), "photos") as task:
        plates = find_plates(pixels, groups)
        keys = _keys(pixels, plates, hands)
        known = store.known(keys)
        missing = {key: i for i, key in enumerate(keys) if key not in known}.values()  # equal photos once
        task.advance(len(pixels) - len(missing))
        for done, (i, matte) in enumerate(_matte_all(pixels, plates, hands, sorted(missing)), start=1):
            known[keys[i]] = store.add(keys[i], matte)
            if done % _COMMIT_PHOTOS == 0:
                store.commit()
            task.advance()
    return [known[key] for key in keys]


def _hand(joints: Float32Array | None, position: int) -> Float32Array | None:
    """Return the joints of one photo, (21, 2) in shares of it, to a thousandth; `None` where they are not known."""
    if joints is None or not np.isfinite(joints[position]).all():
        return None
    return np.asarray(np.round(joints[position], 3), np.float32)


def _keys(pixels: Images, plates: Sequence[Float32Array | None], hands: Sequence[Float32Array | None]) -> list[str]:
    """Return a text for each photo, equal where the matte must be: of its pixels, plate, joints and this program."""
    program = f"{MATTE_VERSION}/opencv-{cv2.__version__}/{MIN_CONFIDENCE}"
    plate_digests = {id(plate): hashlib.blake2b(plate.tobytes(), digest_size=16).hexdigest() for plate in _own(plates)}
    keys = []
    for i, (plate, hand) in enumerate(zip(plates, hands, strict=True)):
        photo = pixels[i]
        digest = hashlib.blake2b(np.ascontiguousarray(photo).data, digest_size=16).hexdigest()
        height, width = photo.shape[:2]
        bones = "" if hand is None else f"/{hashlib.blake2b(hand.tobytes(), digest_size=16).hexdigest()}"
        keys.append(f"{digest}/{height}x{width}/{plate_digests.get(id(plate), '')}/{program}{bones}")
    return keys


def _own(plates: Sequence[Float32Array | None]) -> list[Float32Array]:
    return list({id(plate): plate for plate in plates if plate is not None}.values())


def _matte_all(
    pixels: Images,
    plates: Sequence[Float32Array | None],
    hands: Sequence[Float32Array | None],
    positions: Sequence[int],
) -> Iterator[tuple[int, Mask]]:
    """Yield mattes in the order of `positions`; a few a thread are ahead, so memory stays bounded."""

    def find(i: int) -> Mask:
        photo, hand = pixels[i], hands[i]
        extent = np.array(photo.shape[1::-1], np.float32)
        return find_mask(photo, plates[i], None if hand is None else hand * extent, HAND_SKELETON)

    with _one_thread_each():
        found = work_ahead(find, positions, "matte")
        yield from zip(positions, found, strict=True)


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Keep OpenCV from starting threads of its own within ours: at this size they only wait for each other."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)
