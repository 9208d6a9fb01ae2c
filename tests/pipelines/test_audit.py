"""The whole audit on planted faults: what was planted is found, written and repaired; a clean set is left in peace."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.conftest import TINY, TinyRun
from tests.planted_photos import CLASSES, write_photos
from unseen.api import audit, train
from unseen.auditing.audit_result import AuditResult
from unseen.auditing.checks import CHECKS, Need
from unseen.auditing.split_scores import SplitKind
from unseen.errors import UnseenError
from unseen.runs import read_json, read_rows


def kinds(found: AuditResult) -> set[str]:
    return {finding.kind for finding in found.findings}


@pytest.fixture(scope="module")
def audited(planted: Path, tmp_path_factory: pytest.TempPathFactory) -> AuditResult:
    return audit(planted, tmp_path_factory.mktemp("audit"), weights="none")


def test_the_folder_holds_a_page_the_numbers_and_a_split(audited: AuditResult) -> None:
    assert {file.name for file in audited.folder.root.iterdir()} == {"audit.html", "audit.json", "split.csv"}
    content = read_json(audited.folder.findings)
    assert content["photos"] == 72
    assert content["classes"] == dict.fromkeys(CLASSES, 24)
    assert content["groups"] == 8
    assert [row["kind"] for row in content["findings"]] == [finding.kind for finding in audited.findings]
    assert content["rejected"] == [
        {"path": "red/broken.png", "reason": "not an image", "label": "red", "is_photo": True}
    ]
    assert "broken.png" in audited.folder.report.read_text()


def test_the_repaired_split_keeps_every_session_in_one_part(audited: AuditResult) -> None:
    homes: dict[str, set[str]] = {}
    for row in read_rows(audited.folder.split):
        homes.setdefault(Path(row["path"]).name.split("_")[0], set()).add(row["part"])
    assert len(homes) == 8
    assert all(len(parts) == 1 for parts in homes.values())


def test_without_a_network_it_says_what_was_not_looked_at(audited: AuditResult) -> None:
    skipped = {check.title: check.skipped for check in audited.checks}
    assert skipped["labels that look wrong"] is Need.FEATURES
    assert skipped["leaks between the parts of your split"] is Need.STATED_SPLIT
    assert "thumbnails" in read_json(audited.folder.findings)["classifier"]
    assert [row["title"] for row in read_json(audited.folder.findings)["checks"]] == [check.title for check in CHECKS]
    assert sum(check.found for check in audited.checks) <= len(audited.findings)


def test_a_stated_split_that_leaks_is_told_and_repaired(tmp_path: Path) -> None:
    root = tmp_path / "photos"
    write_photos(root / "train", sessions=24)
    write_photos(root / "test", photos=6, sessions=6, seed=5)
    for name in CLASSES:
        for number in (0, 1, 2):
            file = root / "train" / name / f"s{number}_{number:03d}.png"
            shutil.copy(file, root / "test" / name / f"copied{number}.png")
    found = audit(root, tmp_path / "out", weights="none")
    leak = next(finding for finding in found.findings if finding.kind == "leak-equal-file")
    assert leak.photos == 9
    assert leak.severity >= 0.9
    assert {score.kind: score.leaking > 0 for score in found.splits} == {
        SplitKind.STATED: True, SplitKind.RANDOM: True, SplitKind.GROUPED: False,
    }  # fmt: skip
    digests: dict[bytes, set[str]] = {}
    for row in read_rows(found.folder.split):
        digests.setdefault((root / row["path"]).read_bytes(), set()).add(row["part"])
    assert all(len(parts) == 1 for parts in digests.values())


def test_a_second_set_that_is_darker_is_called_darker(planted: Path, tmp_path: Path) -> None:
    other = write_photos(tmp_path / "mine", photos=12, sessions=6, seed=3)
    for file in other.rglob("*.png"):
        pixels = np.asarray(Image.open(file).convert("RGB"))
        Image.fromarray((pixels // 4).astype(np.uint8)).save(file)
    found = audit(planted, tmp_path / "out", against=str(other), weights="none")
    assert "unlike-brightness" in kinds(found)
    assert "darker" in found.as_dict()["compared"]["words"]
    assert any("weaker light" in row.sentence for row in found.recommendations)
    assert found.comparison is not None
    assert found.comparison.auc.value is None  # no network looked at them


def test_a_subject_that_fills_less_of_the_frame_is_said_to_be_farther_away(tmp_path: Path) -> None:
    """Planted: discs of 80 and of 24 px on plain walls of 120 px, in eight rooms each."""
    rng = np.random.default_rng(0)
    for name, radius in (("near", 40), ("far", 12)):
        for label, colour in (("red", (200, 40, 40)), ("blue", (40, 60, 200))):
            folder = tmp_path / name / label
            folder.mkdir(parents=True)
            for i in range(16):
                photo = rng.normal(200 + 5 * (i % 8), 3, (120, 120, 3)).clip(0, 255)
                rows, columns = np.mgrid[:120, :120]
                photo[(rows - 60) ** 2 + (columns - 58 - i % 5) ** 2 < radius**2] = colour
                Image.fromarray(photo.astype(np.uint8)).save(folder / f"room{i % 8}_{i}.png")
    found = audit(tmp_path / "near", tmp_path / "out", against=str(tmp_path / "far"), weights="none")
    assert "unlike-subject-share" in kinds(found)
    assert (
        "farther from the subject (median subject 3.7% of the frame instead of 43)"
        in found.as_dict()["compared"]["words"]
    )


def test_photos_without_classes_are_audited_for_what_needs_none(tmp_path: Path) -> None:
    root = tmp_path / "flat"
    write_photos(tmp_path / "made", ("blue",), sessions=4)
    shutil.move(tmp_path / "made" / "blue", root / "anything")
    found = audit(root, tmp_path / "out", weights="none")
    balance = next(check for check in found.checks if check.title == "balance of classes and groups")
    assert balance.skipped is Need.SEVERAL_CLASSES
    assert found.splits == ()


def test_a_setting_that_is_not_known_is_refused(planted: Path, tmp_path: Path) -> None:
    with pytest.raises(UnseenError, match="time_limit is not known"):
        audit(planted, tmp_path, time_limit=3)  # type: ignore[call-arg]  # the error is meant


def test_training_looks_first_unless_told_not_to(tiny_run: TinyRun, tmp_path: Path) -> None:
    content: dict[str, Any] = read_json(tiny_run.root / "audit.json")
    assert content["photos"] == 72
    assert (tiny_run.root / "audit.html").exists()
    root = train(tiny_run.photos, tmp_path / "run", epochs=1, audit=False, **TINY).run.root
    assert not (root / "audit.json").exists()
