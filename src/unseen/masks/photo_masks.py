"""Find a mask for each photo of a set, memory-mapped and kept by content."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np

from unseen.errors import UnseenError
from unseen.images import subset
from unseen.masks.find import find_mask
from unseen.masks.keypoints import PhotoKeypoints
from unseen.masks.mask import MIN_CONFIDENCE, Mask, Method
from unseen.masks.plate import find_plates
from unseen.progress import Progress, Silent
from unseen.records import BoolArray, Float32Array, Images, Int64Array, PhotoSet, Uint8Array
from unseen.store.content_store import ContentStore, Entry, open_store
from unseen.store.mapped import MappedArrays
from unseen.threads import work_ahead

MASK_VERSION = 2  # raise it when alphas change for the same pixels: the store keys on it
LIMIT_BYTES = 4 * 2**30
_COMMIT_PHOTOS = 500  # masks at most lost to a kill: about ten seconds of work


class PhotoMasks(Sequence[Uint8Array]):
    """N masks aligned with their photos, (H, W) uint8 each, read-only; 255 everywhere where it is not sure.

    looked_at: how many were looked for. sure: (N,) float32, 0 to 1. methods: what found each. Goes to worker processes
    by path, not by content.
    """

    def __init__(self, alphas: MappedArrays, kept: Sequence[Entry], looked_at: int) -> None:
        self._alphas = alphas
        self._shapes: list[tuple[int, ...]] = [tuple(entry.row["shape"]) for entry in kept]
        self.known: BoolArray = np.array([entry.place is not None for entry in kept], dtype=np.bool_)
        self._row = np.cumsum(self.known) - 1  # of the alpha of each photo that has one
        self.looked_at = looked_at
        self.sure: Float32Array = np.array([entry.row["sure"] for entry in kept], dtype=np.float32)
        self.methods: tuple[Method, ...] = tuple(entry.row["method"] for entry in kept)

    def __len__(self) -> int:
        return len(self._shapes)

    def __getitem__(self, index: int) -> Uint8Array:  # type: ignore[override]  # slices would hide a copy
        """Return alpha `index` as (H, W) uint8, a view that cannot be written."""
        if not self.known[index]:
            return np.broadcast_to(np.uint8(255), self._shapes[index])
        return self._alphas[int(self._row[index])]

    @property
    def usable(self) -> int:
        """How many are sure enough to be used."""
        return int(self.known.sum())

    def describe(self) -> str:
        """Return a sentence with the counts, for the screen."""
        if not self.looked_at:
            return "no photos to find the subject in"
        by = Counter(method for method, known in zip(self.methods, self.known, strict=True) if known)
        ways = ", ".join(f"{count:,} by {method}" for method, count in by.most_common())
        share = self.usable / self.looked_at
        said = f"the subject is known in {self.usable:,} of {self.looked_at:,} photos ({share:.0%}"
        return f"{said}: {ways})" if by else f"{said})"


def find_masks(
    photo_set: PhotoSet,
    pixels: Images,
    groups: Sequence[str],
    progress: Progress | None = None,
    *,
    keypoints: PhotoKeypoints | None = None,
    which: Int64Array | None = None,
    folder: Path | None = None,
) -> PhotoMasks:
    """Find the subjects of photos, on all cores; photos seen before are not looked at again.

    pixels: N photos (H, W, 4) uint8 aligned with `photo_set`. groups: N names; a group may share a static camera.
    keypoints: of the photos; they help where the background cannot tell. which: positions of the photos that are looked
    at, by default all; the others stay opaque. folder: of the cache, see `open_store`. Alphas are never all in memory.
    """
    if not len(photo_set.photos) == len(pixels) == len(groups):
        raise UnseenError(
            f"{len(photo_set.photos)} photos, {len(pixels)} pixels, {len(groups)} groups: masks need one of each"
        )
    progress = progress or Silent()
    some = range(len(pixels)) if which is None else which.tolist()
    with open_store("masks", LIMIT_BYTES, progress.say, folder) as store:
        chosen = keypoints.select(some) if keypoints else None
        found = _find_all(subset(pixels, some), [groups[i] for i in some], chosen, store, progress)
        kept = dict(zip(some, found, strict=True))
        rows = [kept.get(i) or _opaque(pixels[i]) for i in range(len(pixels))]
        return PhotoMasks(store.arrays(rows), rows, len(some))


def _opaque(photo: Uint8Array) -> Entry:
    """Return the mask of a photo that is not looked at."""
    return Entry({"sure": 0.0, "method": "none", "shape": photo.shape[:2]})


def _find_all(
    pixels: Images,
    groups: Sequence[str],
    keypoints: PhotoKeypoints | None,
    store: ContentStore,
    progress: Progress,
) -> list[Entry]:
    with progress.task("find subjects", len(pixels), "photos") as task:
        plates = find_plates(pixels, groups)
        keys = _keys(pixels, plates, keypoints)
        known = store.find(keys)
        missing = {key: i for i, key in enumerate(keys) if key not in known}.values()  # equal photos once
        task.advance(len(pixels) - len(missing))
        for done, (i, mask) in enumerate(_mask_all(pixels, plates, keypoints, sorted(missing)), start=1):
            row = {"sure": mask.confidence, "method": mask.method, "shape": mask.alpha.shape}
            # the alpha of an unusable one is not kept
            known[keys[i]] = store.add(keys[i], row, mask.alpha.tobytes() if mask.usable else None)
            if done % _COMMIT_PHOTOS == 0:
                store.commit()
            task.advance()
    return [known[key] for key in keys]


def _keys(pixels: Images, plates: Sequence[Float32Array | None], keypoints: PhotoKeypoints | None) -> list[str]:
    """Return a text for each photo, equal where the mask must be: of its pixels, plate, keypoints and this program."""
    program = f"{MASK_VERSION}/opencv-{cv2.__version__}/{MIN_CONFIDENCE}"
    plate_digests = {id(plate): _digest(plate) for plate in plates if plate is not None}
    keys = []
    for i, plate in enumerate(plates):
        photo, places = pixels[i], keypoints.of(i) if keypoints else None
        height, width = photo.shape[:2]
        bones = f"/{_digest(places)}/{keypoints.skeleton.digest}" if keypoints and places is not None else ""
        keys.append(f"{_digest(photo)}/{height}x{width}/{plate_digests.get(id(plate), '')}/{program}{bones}")
    return keys


def _digest(array: Uint8Array | Float32Array) -> str:
    return hashlib.blake2b(np.ascontiguousarray(array).data, digest_size=16).hexdigest()


def _mask_all(
    pixels: Images,
    plates: Sequence[Float32Array | None],
    keypoints: PhotoKeypoints | None,
    positions: Sequence[int],
) -> Iterator[tuple[int, Mask]]:
    """Yield masks in the order of `positions`; a few a thread are ahead, so memory stays bounded."""

    def find(i: int) -> Mask:
        photo, places = pixels[i], keypoints.of(i) if keypoints else None
        if keypoints is None or places is None:
            return find_mask(photo, plates[i])
        return find_mask(photo, plates[i], places * np.array(photo.shape[1::-1], np.float32), keypoints.skeleton)

    with _one_thread_each():
        found = work_ahead(find, positions, "mask")
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
