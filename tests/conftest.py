"""Runs that several folders of tests look at; each is trained once a session."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

# read when NumPy and torch are first imported: two test processes with two threads each would wait for one another
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

from tests.planted_photos import write_photos
from tests.real_photos import DATA
from unseen.threads import let_idle_threads_sleep

let_idle_threads_sleep()  # before a test module imports torch

TINY: dict[str, Any] = {"weights": "none", "model": "cnn-fingers", "image_size": 48, "time_limit": 1000.0}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip tests on real photos where those are absent; with REAL_PHOTOS=required, let them fail instead."""
    if DATA.is_dir() or os.environ.get("REAL_PHOTOS") == "required":
        return
    for item in items:
        if item.get_closest_marker("real_photos"):
            item.add_marker(pytest.mark.skip(reason="../shared/data is absent"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print how many tests on real photos ran, so that a clone without the photos cannot pass for a full check."""
    counts = {
        outcome: sum("real_photos" in report.keywords for report in terminalreporter.getreports(outcome))
        for outcome in ("passed", "failed", "skipped")
    }
    if any(counts.values()):
        terminalreporter.write_line("tests on real photos: " + ", ".join(f"{n} {name}" for name, n in counts.items()))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run that skipped tests on real photos although it requires them."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("REAL_PHOTOS") != "required" or reporter is None:
        return
    if any("real_photos" in report.keywords for report in reporter.getreports("skipped")):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@dataclass(frozen=True)
class TinyRun:
    """A finished run of two epochs from scratch, the photos it was made from, and what the API returned."""

    root: Path
    photos: Path
    summary: str


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Decoded photos of the tests go to a folder of their own."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("cache")
        patch.setenv("UNSEEN_CACHE", str(folder))
        yield folder


@pytest.fixture(scope="session")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """72 photos of 3 classes in 8 sessions, and one file that only looks like a photo."""
    root = write_photos(tmp_path_factory.mktemp("planted") / "shapes")
    (root / "red" / "broken.png").write_bytes(b"not a photo")
    return root


@pytest.fixture(scope="session")
def tiny_run(planted: Path, tmp_path_factory: pytest.TempPathFactory) -> TinyRun:
    """`unseen.train` on the planted photos."""
    from unseen.api import train

    root = tmp_path_factory.mktemp("runs") / "tiny"
    finished = train(planted, root, epochs=2, **TINY)
    return TinyRun(finished.run.root, planted, finished.summary)
