import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from unseen.errors import UnseenError
from unseen.store import content_store as module
from unseen.store.content_store import ContentStore, open_store

BYTES = 1200


def keep(folder: Path, key: str, value: int = 5) -> None:
    with closing(ContentStore(folder, 10**9)) as store:
        store.add(key, {"value": value}, bytes([value]) * BYTES)


def packs(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.pack"), key=lambda path: path.stat().st_mtime_ns)


def known(folder: Path, *keys: str) -> set[str]:
    with closing(ContentStore(folder, 10**9)) as store:
        return set(store.find(keys))


def test_what_was_added_is_known_to_the_next_process(tmp_path: Path) -> None:
    with closing(ContentStore(tmp_path, 10**9)) as store:
        added = {
            "a": store.add("a", {"shape": [30, 40], "sure": 0.5}, bytes([7]) * BYTES),
            "b": store.add("b", {}, bytes([9]) * BYTES),
            "c": store.add("c", {"reason": "damaged"}),
        }
    with closing(ContentStore(tmp_path, 10**9)) as store:
        found = store.find(["a", "b", "c", "d", "a"])
        assert found == added
        first, second = store.arrays([found["a"], found["b"]])
    assert np.array_equal(first, np.full((30, 40), 7))
    assert second.tolist() == [9] * BYTES
    assert found["c"].place is None


def test_content_under_a_key_that_is_taken_replaces_it(tmp_path: Path) -> None:
    keep(tmp_path, "a", 1)
    keep(tmp_path, "a", 2)
    with closing(ContentStore(tmp_path, 10**9)) as store:
        found = store.find(["a"])["a"]
        assert (found.row["value"], store.arrays([found])[0][0]) == (2, 2)


def test_what_was_not_committed_is_not_known(tmp_path: Path) -> None:
    store = ContentStore(tmp_path, 10**9)
    store.add("a", {}, b"7")
    assert known(tmp_path, "a") == set()
    store.close()
    assert known(tmp_path, "a") == {"a"}


def test_keys_may_be_any_text_and_many(tmp_path: Path) -> None:
    odd = ["file:/tmp/%s'\"? \u4e2d\u6587", *(str(i) for i in range(3000))]
    with closing(ContentStore(tmp_path, 10**9)) as store:
        for key in odd:
            store.add(key, {"key": key})
    with closing(ContentStore(tmp_path, 10**9)) as store:
        assert [store.find(odd)[key].row["key"] for key in odd[:2]] == odd[:2]
        assert len(store.find(odd)) == 3001


def test_packs_longest_unused_go_beyond_the_limit_but_not_those_in_use(tmp_path: Path) -> None:
    for key in ("old", "used", "new"):
        keep(tmp_path, key)
    with closing(ContentStore(tmp_path, 2 * BYTES)) as store:
        assert "old" in store.find(["old"])  # in use now, so the next in age goes
    assert known(tmp_path, "old", "used", "new") == {"old", "new"}
    assert len(packs(tmp_path)) == 2
    with closing(ContentStore(tmp_path, 1)) as store:
        store.add("last", {}, b"x" * BYTES)
    assert known(tmp_path, "old", "new", "last") == {"last"}


@pytest.mark.parametrize("harm", ["flip", "cut", "empty", "gone"])
def test_of_a_damaged_pack_what_is_sound_is_kept(tmp_path: Path, harm: str) -> None:
    with closing(ContentStore(tmp_path, 10**9)) as store:
        for value in range(3):
            store.add(str(value), {}, bytes([value]) * BYTES)
    (pack,) = packs(tmp_path)
    content = bytearray(pack.read_bytes())
    if harm == "flip":
        content[BYTES + 5] ^= 1
        pack.write_bytes(content)
    elif harm == "gone":
        pack.unlink()
    else:
        pack.write_bytes(content[: 2 * BYTES + 5] if harm == "cut" else b"")
    sound = {"flip": {"0", "2"}, "cut": {"0", "1"}, "empty": set(), "gone": set()}[harm]
    assert known(tmp_path, "0") == sound & {"0"}  # all of the pack are checked, whatever was looked for
    assert known(tmp_path, "0", "1", "2") == sound


def test_files_that_the_index_does_not_know_go_after_an_hour(tmp_path: Path) -> None:
    keep(tmp_path, "a")
    for name, hours in (("old.pack", 2), ("left.safetensors", 2), ("young.pack", 0)):
        (tmp_path / name).write_bytes(b"x")
        then = (tmp_path / name).stat().st_mtime - 3600 * hours
        os.utime(tmp_path / name, (then, then))
    assert known(tmp_path, "a") == {"a"}
    left = {path.name for path in tmp_path.iterdir()}
    assert "young.pack" in left
    assert not left & {"old.pack", "left.safetensors"}


def test_a_damaged_index_is_begun_again_and_a_locked_one_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(tmp_path, "a")

    def locked(path: Path) -> sqlite3.Connection:
        raise sqlite3.OperationalError("database is locked")

    with monkeypatch.context() as patched:
        patched.setattr(module, "_open", locked)
        with pytest.raises(sqlite3.OperationalError):
            ContentStore(tmp_path, 1)
    assert known(tmp_path, "a") == {"a"}
    (tmp_path / module.INDEX).write_bytes(b"rubbish" * 1000)
    assert known(tmp_path, "a") == set()
    keep(tmp_path, "a")
    assert known(tmp_path, "a") == {"a"}


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def refuse(*_: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", refuse)
        yield


def test_a_full_disk_is_said_in_one_line(tmp_path: Path, full_disk: None) -> None:
    with (
        pytest.raises(UnseenError, match=r"cannot be used .*No space left.*: free some space"),
        open_store("things", 10, folder=tmp_path) as store,
    ):
        store.add("a", {}, b"content")


def test_an_unwritable_folder_is_replaced_by_one_that_this_process_finds_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    notices: list[str] = []
    with open_store("things", 10**6, notices.append, tmp_path / "file") as store:
        store.add("a", {}, b"content")
    with open_store("things", 10**6, notices.append, tmp_path / "file") as store:
        assert set(store.find(["a"])) == {"a"}
    assert len(notices) == 1
    assert "cannot be written" in notices[0]


@pytest.mark.parametrize("end", ["", "raise KeyboardInterrupt", "raise SystemExit(3)"])
def test_the_folder_in_its_place_goes_when_the_process_ends(tmp_path: Path, end: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "temporary").mkdir()
    code = f"""
from pathlib import Path
from unseen.store.content_store import open_store
for content in (b"one", b"two"):
    with open_store("things", 10**6, print, Path({str(tmp_path / "file")!r})) as store:
        store.add("a", {{}}, content)
print(len(list(Path({str(tmp_path / "temporary")!r}).iterdir())))
{end}
"""
    environment = {**os.environ, "TMPDIR": str(tmp_path / "temporary"), "TEMP": str(tmp_path / "temporary")}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1] == "1", done.stderr  # one for the whole process
    assert list((tmp_path / "temporary").iterdir()) == []


def test_packs_are_private_to_the_user(tmp_path: Path) -> None:
    keep(tmp_path, "a")
    if os.name == "posix":
        assert packs(tmp_path)[0].stat().st_mode & 0o077 == 0
