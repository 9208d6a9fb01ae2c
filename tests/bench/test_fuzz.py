"""The fuzz bench damages files by their number alone, and some hundred of its cases go well here."""

import random
import warnings
from pathlib import Path

import pytest

from bench.fuzz import damaged, images, run_case, tables


def test_a_case_is_the_same_whenever_it_is_run() -> None:
    content = bytes(range(256)) * 4
    some = [damaged(content, content[::-1], random.Random(i)) for i in range(40)]
    assert some == [damaged(content, content[::-1], random.Random(i)) for i in range(40)]
    assert sum(one != content for one in some) >= 38


def test_some_cases_go_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNSEEN_CACHE", str(tmp_path / "cache"))
    (tmp_path / "in").mkdir()
    files = [*images().items(), *tables().items()]
    assert len(files) >= 20
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        said = {run_case(number, 7, tmp_path / "in", files).split()[1] for number in range(6 * len(files))}
    assert said == {"refused", "read"}
