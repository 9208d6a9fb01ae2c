"""Recorded photos are whole and grouped by session; names are no paths; what is missing is asked for."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from unseen.dataset.load import with_stated_groups
from unseen.errors import UnseenError
from unseen.records import Regions
from unseen.serve.project import GROUPS, Project, Recorded, class_name
from unseen.serve.wanted_photos import is_blurred, look_at, sharpness, wanted
from unseen.sources.open_photos import open_photos


@pytest.mark.parametrize("name", ["", " ", "..", "../x", "a/b", "a\\b", ".hidden", "x" * 41, "a\0b", "C:", "-rf"])
def test_a_class_is_no_path(name: str) -> None:
    with pytest.raises(UnseenError):
        class_name(name)


def test_photos_are_kept_by_class_and_session_and_known_again(tmp_path: Path) -> None:
    project = Project(tmp_path)
    for label, session in (("thumb up", 1), ("thumb up", 1), ("fist", 2), ("thumb up", 2)):
        project.add(b"photo", Recorded(label, session, size=0.5))
    assert project.remove_last("thumb up", 1)
    assert not project.remove_last("fist", 1)
    with (tmp_path / "photos.jsonl").open("a") as lines:
        lines.write('\n{"name": "cut sho')
    again = Project(tmp_path)
    assert {name: dict(rows) for name, rows in again.counts().items()} == {"fist": {2: 1}, "thumb up": {1: 1, 2: 1}}
    assert {row.size for row in again.recorded()} == {0.5}
    assert sorted(path.name for path in tmp_path.rglob("*.jpg")) == [
        "session-001_0001.jpg", "session-002_0001.jpg", "session-002_0001.jpg",
    ]  # fmt: skip


def test_killed_while_recording_no_photo_is_lost_or_half_written(tmp_path: Path) -> None:
    code = f"""
import itertools, pathlib
from unseen.serve.project import Project, Recorded
project = Project(pathlib.Path({str(tmp_path)!r}))
for number in itertools.count(1):
    project.add(bytes([number % 256]) * 300_000, Recorded("fist", 1))
    print(number, flush=True)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if int(line) >= 20:
                break
        process.send_signal(signal.SIGKILL)
        answered = max([20, *map(int, process.stdout.read().split())])
    photos = sorted((tmp_path / "photos" / "fist").glob("*.jpg"))
    assert len(photos) >= answered
    for number, path in enumerate(photos, 1):
        assert path.read_bytes() == bytes([number % 256]) * 300_000
    assert Project(tmp_path).add(b"next", Recorded("fist", 1)).name == f"session-001_{len(photos) + 1:04d}.jpg"


def test_sessions_are_groups_of_the_split(tmp_path: Path) -> None:
    project = Project(tmp_path)
    for label in ("a", "b"):
        for session in (1, 2):
            project.add(b"x", Recorded(label, session))
    photos = with_stated_groups(open_photos(project.photos), GROUPS).photos
    assert sorted({(photo.label, photo.group) for photo in photos}) == [
        ("a", "session-001"), ("a", "session-002"), ("b", "session-001"), ("b", "session-002"),
    ]  # fmt: skip


def test_a_blurred_photo_is_told_from_its_burst() -> None:
    sharp = np.random.default_rng(0).integers(0, 255, (240, 320, 3), np.uint8)
    blurred = np.asarray(Image.fromarray(sharp).resize((20, 15)).resize((320, 240)))
    burst = [sharpness(sharp)] * 3
    assert not is_blurred(sharpness(sharp), burst)
    assert is_blurred(sharpness(blurred), burst)
    assert not is_blurred(sharpness(blurred), burst[:2])


def asked(rows: list[Recorded]) -> set[tuple[str | None, str]]:
    return {(one.label, one.kind) for one in wanted(("a", "b"), rows)}


def test_what_is_missing_is_asked_for_and_what_is_there_is_not() -> None:
    full = [
        Recorded(label, session, size, light, side)
        for label in ("a", "b")
        for session in range(1, 6)
        for size, light, side in ((0.3, 40.0, 1), (0.6, 200.0, -1), (0.3, 90.0, 1), (0.4, 90.0, 1))
    ]
    assert asked(full) == set()
    assert asked([row for row in full if row.label == "a"]) == {("b", "photos"), (None, "session")}
    assert asked([row for row in full if row.session < 3]) >= {(None, "session"), ("a", "photos")}
    one_way = [Recorded(row.label, row.session, 0.4, 90.0, 1) for row in full]
    assert asked(one_way) == {(name, kind) for name in ("a", "b") for kind in ("distance", "hand", "wall")}
    assert [one.kind for one in wanted(("a",), full)] == ["classes"]
    assert [one.sentence[:12] for one in wanted((), [])] == ["Name a class"]
    assert [one.kind for one in wanted(("a",), full[:3])] == ["photos", "classes"]


def test_the_hand_turned_over_is_seen() -> None:
    photo = np.full((100, 100, 3), 80, np.uint8)
    joints = np.random.default_rng(1).random((1, 21, 2)).astype(np.float32)
    box, score = np.array([[0.2, 0.1, 0.5, 0.9]], np.float32), np.ones(1, np.float32)
    flipped = joints.copy()
    flipped[..., 0] = 1 - flipped[..., 0]
    known = look_at(photo, "a", 1, Regions(box, joints, score))
    mirrored = look_at(photo, "a", 1, Regions(box, flipped, score))
    assert (known.size, known.light) == (0.8, 80.0)
    assert {known.side, mirrored.side} == {1, -1}
    assert look_at(photo, "a", 1, None).size is None
    json.dumps(known.side)
