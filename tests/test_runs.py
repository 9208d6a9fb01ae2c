import errno
import hashlib
import json
import os
import pickle
from pathlib import Path

import pytest

from unseen.errors import CannotWrite, UnseenError
from unseen.runs import RunFolder, atomic_path, read_json, read_rows, sha256, write_json, write_rows, write_text


def test_a_file_appears_whole_when_the_block_ends(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "er" / "file.txt"
    with atomic_path(path) as temporary:
        temporary.write_text("half")
        assert not path.exists()
        assert temporary.parent == path.parent  # a rename is atomic on one file system only
        temporary.write_text("whole")
    assert path.read_text() == "whole"
    assert [found.name for found in path.parent.iterdir()] == ["file.txt"]


@pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt, SystemExit])
def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path, failure: type[BaseException]) -> None:
    path = tmp_path / "file.txt"
    write_text(path, "old")

    def fail() -> None:
        with atomic_path(path) as temporary:
            temporary.write_text("new")
            raise failure

    with pytest.raises(failure):
        fail()
    assert path.read_text() == "old"
    assert [found.name for found in tmp_path.iterdir()] == ["file.txt"]


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_files_have_the_mode_that_the_umask_gives(tmp_path: Path, mask: int, mode: int) -> None:
    before = os.umask(mask)
    try:
        write_text(tmp_path / "file.txt", "x")
        assert os.umask(mask) == mask  # and the mask is left as it was
    finally:
        os.umask(before)
    assert (tmp_path / "file.txt").stat().st_mode & 0o777 == mode


def test_json_is_read_as_written_schema_first(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_json(path, {"b": [1, None, "ü"], "a": {"x": 0.5}})
    assert read_json(path) == {"b": [1, None, "ü"], "a": {"x": 0.5}}
    assert list(json.loads(path.read_text())) == ["schema", "b", "a"]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_numbers_that_json_has_not_are_refused_and_nothing_is_written(tmp_path: Path, value: float) -> None:
    path = tmp_path / "a.json"
    write_json(path, {"old": 1})
    with pytest.raises(ValueError, match="JSON"):
        write_json(path, {"deep": [{"value": value}]})
    assert read_json(path)["old"] == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "is not there"),
        (b"{", "cannot be read"),
        (b"\xff\xfe", "cannot be read"),
        (b"[1]", "does not have schema 2"),
        (b'{"a": 1}', "does not have schema 2"),
        (b'{"schema": 1}', "was written by unseen 0.1: train again with this version"),
        (b'{"schema": 3}', "does not have schema 2"),
    ],
)
def test_json_that_cannot_be_used_is_one_line(tmp_path: Path, content: bytes | None, said: str) -> None:
    path = tmp_path / "a.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UnseenError, match=said) as error:
        read_json(path)
    assert "\n" not in str(error.value)
    assert str(path) in str(error.value)


def test_rows_keep_commas_quotes_and_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    write_rows(path, ["name", "value"], [['a,"b"\nc', None], ["é", 0.25]])
    assert read_rows(path) == [{"name": 'a,"b"\nc', "value": ""}, {"name": "é", "value": "0.25"}]
    with pytest.raises(UnseenError, match="is not there"):
        read_rows(tmp_path / "absent.csv")


def test_the_manifest_names_every_file_but_the_checkpoints_and_comes_last(tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run")
    assert not run.root.exists()
    write_text(run.metrics, "{}")
    write_text(run.model / "model.onnx", "graph")
    write_text(run.checkpoint / "latest.json", "{}")
    assert not run.finished()
    run.write_manifest()
    assert run.finished()
    files = read_json(run.manifest)["files"]
    assert list(files) == ["metrics.json", "model/model.onnx"]
    assert files["model/model.onnx"] == hashlib.sha256(b"graph").hexdigest()
    run.write_manifest()  # again: it does not name itself
    assert list(read_json(run.manifest)["files"]) == ["metrics.json", "model/model.onnx"]


def test_hashes_are_those_of_the_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"abc" * 100_000)
    assert sha256(path) == hashlib.sha256(b"abc" * 100_000).hexdigest()


@pytest.mark.parametrize("failing", ["write", "rename"])
def test_a_full_disk_names_the_file_and_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    path = tmp_path / "run" / "split.csv"
    write_text(path, "before")
    monkeypatch.setattr(Path, "write_text" if failing == "write" else "replace", full)
    with pytest.raises(CannotWrite) as refused:
        write_text(path, "after")
    monkeypatch.undo()
    assert str(pickle.loads(pickle.dumps(refused.value))) == str(refused.value)  # noqa: S301 - as from a worker process
    assert refused.value.what == f"{path} cannot be written (No space left on device)"
    assert path.read_text() == "before"
    assert list(path.parent.iterdir()) == [path]
