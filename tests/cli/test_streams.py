"""Any console, pipe and file: what cannot be shown is escaped, who stops reading gets no trace."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import TinyRun

ODD = ("\u043f\u0440\u0438\u0432\u0435\u0442 \U0001f44b.png", "a\n\x1b[31mb.png", "[red]:apple:.png")


@pytest.fixture(scope="module")
def odd(tiny_run: TinyRun, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("odd")
    content = next((tiny_run.photos / "red").glob("s*.png")).read_bytes()
    for name in ODD:
        (folder / name).write_bytes(content)
    (folder / "br\u00f6ken\n.png").write_bytes(b"no photo")
    return folder


def unseen(*words: object, out: object = subprocess.PIPE, **environment: str) -> tuple[int, bytes, str]:
    command = [sys.executable, "-m", "unseen", *map(str, words)]
    done = subprocess.run(
        command, stdout=out, stderr=subprocess.PIPE, env={**os.environ, **environment}, timeout=60, check=False
    )  # type: ignore[call-overload]
    return done.returncode, done.stdout or b"", done.stderr.decode("utf-8", "backslashreplace")


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "utf-8"])
def test_every_encoding_gets_every_photo(tiny_run: TinyRun, odd: Path, encoding: str) -> None:
    code, out, err = unseen("predict", tiny_run.root, odd, PYTHONIOENCODING=encoding)
    assert (code, "Traceback" in err) == (0, False), err
    assert out.decode("utf-8" if encoding == "ascii" else encoding).count("\n") == len(ODD)
    assert b"\x1b" not in out
    assert "ken\\n.png: not an image" in err
    code, out, _ = unseen("predict", tiny_run.root, odd, "--csv", PYTHONIOENCODING=encoding)
    assert {Path(row["path"]).name for row in csv.DictReader(io.StringIO(out.decode("utf-8"), newline=""))} == set(ODD)
    code, out, _ = unseen("predict", tiny_run.root, odd, "--json", PYTHONIOENCODING=encoding)
    said = json.loads(out.decode("utf-8" if encoding == "ascii" else encoding))
    assert {Path(row["path"]).name for row in said["predictions"]} == set(ODD)


def test_a_name_that_is_no_text_is_escaped_everywhere(tiny_run: TinyRun, odd: Path, tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/caf\xe9.png"
    try:
        Path(os.fsdecode(name)).write_bytes((odd / ODD[0]).read_bytes())
    except OSError:
        pytest.skip("this file system takes text only")
    for more in ([], ["--csv"], ["--json"]):
        code, out, err = unseen("predict", tiny_run.root, os.fsdecode(name), *more)
        assert code == 0, err
        assert b"caf\\udce9.png" in out


def test_a_reader_that_leaves_and_a_full_disk_get_no_trace(tiny_run: TinyRun, odd: Path) -> None:
    for words in (["predict", tiny_run.root, *[odd] * 300], ["predict", tiny_run.root, odd, "--json"], ["--help"]):
        reading, writing = os.pipe()
        os.close(reading)
        code, _, err = unseen(*words, out=writing)
        os.close(writing)
        assert code != 0
        assert "Broken" not in err
        assert "Traceback" not in err
        if Path("/dev/full").exists():
            with Path("/dev/full").open("wb") as full:
                code, _, err = unseen(*words, out=full)
            assert code == 1
            assert err.splitlines()[-1].startswith("unseen: the output or a temporary file: No space left on device")


@pytest.mark.skipif(os.name == "nt", reason="closes a stream as a POSIX shell does")
def test_a_process_without_streams_works(tiny_run: TinyRun, odd: Path) -> None:
    words = f"'{sys.executable}' -m unseen predict '{tiny_run.root}' '{odd}'"
    assert subprocess.run(["sh", "-c", f"{words} >&- 2>&-"], timeout=60, check=False).returncode == 0
