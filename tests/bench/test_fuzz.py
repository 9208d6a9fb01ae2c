"""The fuzz bench damages files by their number alone, and some hundred of its cases go well here."""

import json
import random
import warnings
from pathlib import Path

import pytest

from bench.damage import PHOTOS, altered_json, damaged, images, misprinted, tables
from bench.fuzz import run_case


def test_a_case_is_the_same_whenever_it_is_run() -> None:
    content = bytes(range(256)) * 4
    some = [damaged(content, content[::-1], random.Random(i)) for i in range(40)]
    assert some == [damaged(content, content[::-1], random.Random(i)) for i in range(40)]
    assert sum(one != content for one in some) >= 38


def test_changed_words_and_values_leave_a_table_a_table() -> None:
    files = tables()
    rows = [misprinted(files[".csv 0"], random.Random(i)).count(b",") for i in range(50)]
    assert sum(number >= 9 for number in rows) >= 40
    changed = [altered_json(files[".json 2"], random.Random(i), lines=False) for i in range(50)]
    assert all(json.loads(content) is not None for content in changed)
    assert len(set(changed)) > 40


def test_some_cases_go_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNSEEN_CACHE", str(tmp_path / "cache"))
    for name in PHOTOS:
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_bytes(images()["PNG 3"])
    files = [*images().items(), *tables().items()]
    assert len(files) >= 20
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        said = {run_case(number, 7, tmp_path / "in", files).split()[1] for number in range(6 * len(files))}
    assert said == {"refused", "read"}
