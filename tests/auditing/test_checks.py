"""Each check runs where its needs are met, is skipped by name where one is not, and all of them are in the list."""

import numpy as np
import pytest

from tests.auditing.planted_facts import facts, photo_set
from unseen.auditing.background import Backgrounds
from unseen.auditing.checks import CHECKS, AuditInput, Check, Need, run_checks
from unseen.auditing.findings import Finding, FindingKind, Unit
from unseen.auditing.severity import severity
from unseen.auditing.split_scores import StatedSplit
from unseen.dataset.dataset import Dataset
from unseen.photos.header import Header, header_columns
from unseen.progress import Silent
from unseen.records import Grouping, Part, Split
from unseen.split.fingerprint import fingerprint

PHOTOS = 24


def given(classes: int = 2, features: bool = True, sees_scenes: bool = True) -> AuditInput:
    photos = photo_set([f"class {i % classes}" for i in range(PHOTOS)])
    rng = np.random.default_rng(0)
    images = [rng.integers(0, 256, (32, 32, 4), np.uint8) for _ in range(PHOTOS)]
    data = Dataset(
        photos.photos,
        (),
        photos.classes,
        images=images,
        headers=header_columns([Header()] * PHOTOS),
        fingerprints=fingerprint(images),
        digests=tuple(f"{i}" for i in range(PHOTOS)),
        grouping=Grouping(tuple(f"g{i // 4}" for i in range(PHOTOS)), ()),
    )
    backgrounds = Backgrounds(rng.normal(size=(PHOTOS, 73)).astype(np.float32), np.zeros((PHOTOS, 3), np.float32))
    rows = rng.normal(size=(PHOTOS, 8)).astype(np.float32) if features else None
    return AuditInput(data, facts(PHOTOS), backgrounds, rows, sees_scenes)


def stated() -> StatedSplit:
    parts: tuple[Part, ...] = ("train",) * 16 + ("test",) * 8
    return StatedSplit(Split(parts, tuple(f"g{i // 4}" for i in range(PHOTOS))), ())


def skipped(photos: AuditInput, split: StatedSplit | None) -> set[Need]:
    return {row.skipped for row in run_checks(photos, split, 0, Silent()).checks if row.skipped is not None}


def test_nothing_is_skipped_where_everything_is_there() -> None:
    assert skipped(given(), stated()) == set()


@pytest.mark.parametrize(
    ("photos", "split", "need"),
    [
        (given(features=False), stated(), Need.FEATURES),
        (given(sees_scenes=False), stated(), Need.SCENE_FEATURES),
        (given(classes=1), stated(), Need.SEVERAL_CLASSES),
        (given(), None, Need.STATED_SPLIT),
    ],
)
def test_what_is_missing_is_named(photos: AuditInput, split: StatedSplit | None, need: Need) -> None:
    assert skipped(photos, split) == {need}
    assert {row.title for row in run_checks(photos, split, 0, Silent()).checks if row.skipped} == {
        check.title for check in CHECKS if need in check.needs
    }


def test_titles_are_all_different() -> None:
    assert len({check.title for check in CHECKS}) == len(CHECKS)


def test_kinds_that_a_check_defines_are_its_own_and_have_a_severity() -> None:
    own = [kind for check in CHECKS for kind in check.kinds]
    assert {"augmented-copies", "frozen-frames", "burnt-text"} <= set(own)
    assert len(own) == len(set(own))
    assert not set(own) & set(FindingKind)
    for check in CHECKS:
        assert all(0 <= row.at(0) <= row.at(1) <= row.worst <= 1 for row in check.kinds.values())


def test_findings_of_all_checks_are_ranked_together_and_counted_apart() -> None:
    def finds(kind: FindingKind) -> Check:
        found = Finding(kind, severity(kind), "", "", None, Unit.NONE, 1, PHOTOS)
        return Check(kind, lambda _: [found])

    results = run_checks(given(), None, 0, Silent(), [finds(FindingKind.DARK), finds(FindingKind.LEAK_GROUP)])
    assert [finding.kind for finding in results.findings] == ["leak-group", "dark"]
    assert [row.found for row in results.checks] == [1, 1]
