"""Runs that several folders of tests look at; each is trained once a session."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.planted_photos import write_photos

# read when torch is first imported: waiting threads must not spin beside what else runs (unseen/api.py says why)
os.environ.setdefault("GOMP_SPINCOUNT", "2000")

TINY: dict[str, Any] = {"weights": "none", "model": "cnn-fingers", "image_size": 48, "time_limit": 1000.0}


@dataclass(frozen=True)
class TinyRun:
    """A finished run of two epochs from scratch, the photos it was made from, and what the API returned."""

    root: Path
    photos: Path
    sentence: str


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
    return TinyRun(finished.run.root, planted, finished.sentence)
