"""Look at a recorded photo, and say what to record next: as the audit asks, from what is there so far."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
from PIL import Image

from unseen.auditing.next_photos import GROUPS_WANTED, PHOTOS_WANTED
from unseen.records import Regions, Uint8Array
from unseen.serve.project import Recorded

# A photo is blurred below this share of the sharpness that its burst has shown: what blurs a frame is movement.
BLURRED = 0.4
SHARPNESS_SIDE_PX = 160
# Sizes of the subject whose largest is less than this many times the smallest come from one distance.
DISTANCES = 1.5
# Grey levels between the darkest and the lightest background.
LIGHTS = 40.0
ENOUGH = 5  # photos from which variety is asked for


@dataclass(frozen=True, slots=True)
class Wanted:
    """One thing to record next. label: `None` where it is for all classes."""

    label: str | None
    kind: str
    sentence: str


def sharpness(photo: Uint8Array) -> float:
    """Return the mean square of differences between neighbours in grey levels, of a photo at a fixed size."""
    image = Image.fromarray(photo[..., :3]).convert("L")
    image.thumbnail((SHARPNESS_SIDE_PX, SHARPNESS_SIDE_PX), Image.Resampling.BOX)
    grey = np.asarray(image, np.float32)
    return float((np.diff(grey, axis=0)[:, 1:] ** 2 + np.diff(grey, axis=1)[1:] ** 2).mean())


def is_blurred(value: float, burst: Sequence[float]) -> bool:
    """Say whether a photo of sharpness `value` is blurred beside those of its burst."""
    return len(burst) >= 3 and value < BLURRED * median(burst)


def look_at(photo: Uint8Array, label: str, session: int, regions: Regions | None) -> Recorded:
    """Return what is to be known of a photo (H, W, 3 or 4) whose first row of `regions` says where the subject is."""
    grey = photo[..., :3].mean(axis=2)
    edge = max(1, min(grey.shape) // 10)
    border = np.concatenate([grey[:edge].ravel(), grey[:, :edge].ravel(), grey[:, -edge:].ravel()])
    size = side = None
    if regions is not None and np.isfinite(regions.boxes[0]).all():
        box = regions.boxes[0]
        size = round(float(max(box[2] - box[0], box[3] - box[1])), 3)
        if regions.keypoints is not None and regions.keypoints.shape[1] == 21:
            side = _side(regions.keypoints[0])
    return Recorded(label, session, size, round(float(border.mean()), 1), side)


def _side(joints: "np.ndarray[tuple[int, ...], np.dtype[np.float32]]") -> int | None:
    """Return 1 or -1 by the turn from wrist over index to little finger; the other hand, or its back, has the other."""
    if not np.isfinite(joints).all():
        return None
    index, little = joints[5] - joints[0], joints[17] - joints[0]
    return 1 if index[0] * little[1] - index[1] * little[0] > 0 else -1


def wanted(classes: Sequence[str], recorded: Sequence[Recorded]) -> list[Wanted]:
    """Return what to record next, the most needed first."""
    if not classes:
        return [Wanted(None, "classes", "Name a class, hold it to the camera, and record it.")]
    rows = {name: [row for row in recorded if row.label == name] for name in classes}
    asked = [
        Wanted(name, "photos", f"Record {PHOTOS_WANTED - len(found)} more photos of '{name}'.")
        for name, found in sorted(rows.items(), key=lambda item: len(item[1]))
        if len(found) < PHOTOS_WANTED
    ]
    if len(classes) < 2:
        return [*asked, Wanted(None, "classes", "Name a second class: a model tells classes apart.")]
    sessions = {name: {row.session for row in found} for name, found in rows.items()}
    fewest = min(classes, key=lambda name: len(sessions[name]))
    if len(sessions[fewest]) < GROUPS_WANTED:
        have = f"'{fewest}' was recorded in {len(sessions[fewest])} of {GROUPS_WANTED} sessions"
        asked.append(Wanted(None, "session", f"Start a session with another person or in another place: {have}."))
    for name, found in rows.items():
        asked += _variety(name, found)
    return asked


def _variety(name: str, rows: Sequence[Recorded]) -> list[Wanted]:
    if len(rows) < ENOUGH:
        return []
    sizes = [row.size for row in rows if row.size]
    lights = [row.light for row in rows if row.light is not None]
    sides = {row.side for row in rows if row.side}
    asked = []
    if len(sizes) >= ENOUGH and max(sizes) < DISTANCES * min(sizes):
        where = "Move back" if median(sizes) > 0.5 else "Come closer"
        asked.append(Wanted(name, "distance", f"{where}: all photos of '{name}' were taken from one distance."))
    if len(sides) == 1:
        asked.append(Wanted(name, "hand", f"Show '{name}' with the other hand, if it means the same with that."))
    if len(lights) >= ENOUGH and max(lights) - min(lights) < LIGHTS:
        asked.append(Wanted(name, "wall", f"Show '{name}' before another wall, or in other light."))
    return asked
