"""Random trees of part, class, person and wrapper folders: none is misread without a line that says so."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from unseen.errors import UnseenError
from unseen.records import PhotoSet
from unseen.sources.open_photos import open_photos

CLASSES = (
    ("A", "B", "C"),
    ("0", "1", "2", "3", "4"),
    ("rock", "paper", "scissors"),
    ("thumbs_up", "open_hand"),
    ("cat", "dog", "test_tube"),
    ("bus", "car", "train"),
    ("Hello World", "été"),
)
PEOPLE = (None, ("anna", "boris"), ("p1", "p2", "p3"), ("1", "2"), ("session 1", "session 2"), ("cam_a", "cam_b"))
PARTS = (
    None,
    {"train": "train", "test": "test"},
    {"Training_Set": "train", "Test_Set": "test"},
    {"train": "train", "valid": "validation", "test": "test"},
    {"asl_train": "train", "asl_test": "test"},
    {"train": "train", "dev": "validation"},
    {"TrainData": "train", "eval": "test"},
)
LOOSE = ("test", "validation", "unlabelled_test", None)


@dataclass(frozen=True)
class Plan:
    """How a tree is laid out, from the outside in."""

    wrappers: tuple[str, ...]
    parts: dict[str, str] | None
    repeats_part: bool  # train/train/A
    classes: tuple[str, ...]
    people: tuple[str, ...] | None
    person_first: bool
    loose: str | None  # a flat folder beside the parts or classes
    table: str | None
    dropped: int  # one cell is empty


plans = st.builds(
    Plan,
    st.sampled_from([(), ("archive",), ("data", "images")]),
    st.sampled_from(PARTS),
    st.booleans(),
    st.sampled_from(CLASSES),
    st.sampled_from(PEOPLE),
    st.booleans(),
    st.sampled_from(LOOSE),
    st.sampled_from([None, "notes.csv", "submission.csv", "metadata.csv"]),
    st.integers(0, 40),
)


def write(plan: Plan, root: Path) -> dict[str, tuple[str, str | None]]:
    """Write the tree; return the class and the part of each photo, by path."""
    truth: dict[str, tuple[str, str | None]] = {}
    cells = [
        (part, name, person)
        for part in plan.parts or ("",)
        for name in plan.classes
        for person in plan.people or (None,)
    ]
    for number, (part, name, person) in enumerate(cells):
        if number == plan.dropped and len(plan.classes) > 2:
            continue
        inside = [name] if person is None else [person, name] if plan.person_first else [name, person]
        folders = [*plan.wrappers, *([part, part] if plan.repeats_part and part else [part]), *inside]
        for i in range(2):
            truth[put(root, [*filter(None, folders)], f"{number}_{i}.png")] = (name, (plan.parts or {}).get(part))
    if plan.loose and plan.loose not in (plan.parts or {}):
        for i in range(2):
            put(root, [*plan.wrappers, plan.loose], f"loose{i}.png")
    tables = {
        "notes.csv": "a,b\n1,2\n",
        "submission.csv": "id,label\nloose0,A\n",
        "metadata.csv": "file_name,label\n" + "".join(f"{path},{label}\n" for path, (label, _) in truth.items()),
    }
    if plan.table:
        (root / plan.table).write_text(tables[plan.table])
    return truth


def put(root: Path, folders: list[str], name: str) -> str:
    folder = root.joinpath(*folders)
    folder.mkdir(parents=True, exist_ok=True)
    path = "/".join([*folders, name])
    (root / path).write_bytes(path.encode())
    return path


def opened_or_asked(root: Path) -> tuple[PhotoSet | None, str]:
    try:
        return open_photos(root), ""
    except UnseenError as error:
        return None, str(error)


def is_said(photos: PhotoSet) -> bool:
    """Say whether a line tells that another reading is meant by another flag, or what was not used."""
    return any("--layout" in note or "not used" in note for note in photos.notes)


@given(plans)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_tree_is_misread_in_silence(plan: Plan) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("UNSEEN_CACHE", f"{folder}/cache")
        root = Path(folder) / "photos"
        truth = write(plan, root)
        photos, question = opened_or_asked(root)
        if photos is None:
            assert ": " in question
            assert "\n" not in question
            return
        read = {photo.path: (photo.label, photo.part) for photo in photos.photos}
        lost = set(truth) - set(read) - {row.path for row in photos.rejected}
        assert not lost, "photos that are in no row"
        wrong = {path: (row, truth.get(path)) for path, row in read.items() if row != truth.get(path)}
        assert not wrong or is_said(photos), (wrong, photos.notes)


@pytest.mark.parametrize("person_first", [True, False])
@pytest.mark.parametrize("parts", PARTS[:4])
def test_signs_of_people_in_parts_are_read_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, person_first: bool, parts: dict[str, str] | None
) -> None:
    monkeypatch.setenv("UNSEEN_CACHE", str(tmp_path / "cache"))
    plan = Plan(("data",), parts, False, CLASSES[2], PEOPLE[1], person_first, None, None, -1)
    truth = write(plan, tmp_path / "photos")
    read = {photo.path: (photo.label, photo.part) for photo in open_photos(tmp_path / "photos").photos}
    assert read == truth
