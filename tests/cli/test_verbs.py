"""Each verb from the outside: one JSON object on stdout, one line on stderr for an error, the right exit code."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.in_process import unseen
from tests.conftest import TinyRun
from tests.planted_photos import write_photos
from unseen import __version__
from unseen.cli import VERBS

TINY_FLAGS = ["--weights", "none", "--model", "cnn-fingers", "--image-size", "48", "--epochs", "1"]


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    return lambda *words: unseen(capfd, monkeypatch, *words)


def test_training_prints_one_json_object_and_nothing_else(run: Any, tmp_path: Path) -> None:
    """Names with spaces and other scripts; the stated test part lacks a class, no validation part is stated."""
    root = tmp_path / "m\u00fc photos \u2764"
    write_photos(root / "train", ("r\u00f6t \u2764", "green leaf", "\u9752"))
    write_photos(root / "test", ("r\u00f6t \u2764", "\u9752"), photos=6, seed=5)
    code, out, err = run(
        "train", root, "--out", tmp_path / "r \u00fc", "--json", *TINY_FLAGS, "--hidden", "20", "--dropout", "0.5"
    )
    assert code == 0, err
    content = json.loads(out)
    assert out.count("\n") == 1
    assert content["test"]["accuracy"]["n"] == 12
    assert content["test"]["per_class"]["green leaf"]["recall"]["value"] is None
    assert content["validation"]["accuracy"]["n"] > 0
    assert Path(content["run"]).joinpath("manifest.json").exists()
    assert "test has no photo of class 'green leaf'" in err
    assert "no validation part is stated" in err
    # The planted test folder holds the sessions of the train folder, which the headline must not pass over.
    assert "6 groups are in two parts" in err
    assert "held-out" not in content["summary"]


FLAGS: list[list[str]] = [
    ["--weight-decay", "0.1", "--fractions", "50/25/25"],
    ["--split", "random", "--normalise", "unit", "--augment", "none"],
    ["--groups", "(s[0-9])_", "--imbalance", "sampling", "--norm", "batch-renorm", "--time-limit", "2"],
]


@pytest.mark.slow
@pytest.mark.parametrize("flags", FLAGS, ids=" ".join)
def test_combinations_of_flags_train(run: Any, planted: Path, tmp_path: Path, flags: list[str]) -> None:
    code, out, err = run("train", planted, "--out", tmp_path / "run", "--json", *TINY_FLAGS, *flags)
    assert code == 0, err
    assert json.loads(out)["test"]["accuracy"]["n"] > 0


@pytest.mark.slow
@pytest.mark.parametrize(("mode", "side"), [("L", (66, 58)), ("RGB", (5, 5))], ids=["grey", "5 px"])
def test_odd_photos_train(run: Any, tmp_path: Path, mode: str, side: tuple[int, int]) -> None:
    from PIL import Image

    root = write_photos(tmp_path / "photos")
    for path in root.rglob("*.png"):
        Image.open(path).convert(mode).resize(side).save(path)
    code, _, err = run("train", root, "--out", tmp_path / "run", *TINY_FLAGS, "--groups", "(s[0-9])_")
    assert code == 0, err


def test_testing_prints_one_json_object(run: Any, tiny_run: TinyRun, tmp_path: Path) -> None:
    code, out, err = run("evaluate", tiny_run.root, tiny_run.photos, "--json", "--out", tmp_path / "out")
    assert code == 0, err
    assert json.loads(out)["test"]["accuracy"]["n"] == 72
    assert out.count("\n") == 1


def test_predicting_in_three_forms(run: Any, tiny_run: TinyRun) -> None:
    folder = tiny_run.photos / "red"
    code, out, err = run("predict", tiny_run.root, folder)
    assert (code, len(out.splitlines())) == (0, 24)
    assert len(err.splitlines()) == 1
    assert err.startswith(f"unseen: {folder / 'broken.png'}: ")

    code, out, _ = run("predict", tiny_run.root, folder, "--json")
    content = json.loads(out)
    assert (code, len(content["predictions"])) == (0, 24)
    assert [row["path"] for row in content["rejected"]] == [str(folder / "broken.png")]

    code, out, _ = run("predict", tiny_run.root, folder, "--csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert (code, len(rows)) == (0, 24)
    for row, said in zip(rows, content["predictions"], strict=True):
        assert (row["path"], row["label"]) == (said["path"], said["label"])
        assert float(row["blue"]) == pytest.approx(said["probabilities"]["blue"], abs=1e-6)


def test_a_missing_path_is_a_row_and_costs_nothing_else(run: Any, tiny_run: TinyRun, tmp_path: Path) -> None:
    photo, missing = tiny_run.photos / "green" / "s3_011.png", tmp_path / "nope.png"
    code, out, err = run("predict", tiny_run.root, photo, missing, photo.parent, "--json")
    said = json.loads(out)
    assert code == 0
    assert len(said["predictions"]) == len(list(photo.parent.iterdir()))
    assert said["rejected"] == [{"path": str(missing), "reason": "not there: check the path"}]
    code, out, err = run("predict", tiny_run.root, missing)
    assert (code, out) == (1, "")
    assert f"{missing}: not there" in err


def test_answers_are_explained_in_words_in_json_and_on_a_page(run: Any, tiny_run: TinyRun, tmp_path: Path) -> None:
    folder = tiny_run.photos / "green"
    right = sorted(folder.iterdir())[:1]
    code, out, _ = run("explain", tiny_run.root, *right, "--page", tmp_path / "why.html")
    assert code == 0
    assert right[0].name in out
    assert "One thing changed at a time" in (tmp_path / "why.html").read_text(encoding="utf-8")

    code, out, _ = run("explain", tiny_run.root, *right, "--label", "red", "--json")
    said = json.loads(out)["photos"][0]
    assert (code, said["true"], said["target"]) == (0, "red", "red")
    assert 10 <= len(said["replays"]) < 30  # those that the photo makes likely
    _, out, _ = run("explain", tiny_run.root, *right, "--label", "red", "--json", "--thorough")
    assert len(json.loads(out)["photos"][0]["replays"]) > 35
    assert said["input"]["before"][0]["high"] <= 255

    code, _, err = run("explain", tiny_run.root, *right, "--label", "blau")
    assert (code, "is no class of the model" in err) == (1, True)


def test_a_photo_on_stdin_is_predicted(run: Any, tiny_run: TinyRun, monkeypatch: pytest.MonkeyPatch) -> None:
    photo = tiny_run.photos / "green" / "s3_011.png"
    expected = json.loads(run("predict", tiny_run.root, photo, "--json")[1])["predictions"][0]
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(photo.read_bytes())))
    code, out, _ = run("predict", tiny_run.root, "-", "--json")
    assert code == 0
    assert json.loads(out)["predictions"] == [{**expected, "path": "-"}]
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"no photo")))
    code, _, err = run("predict", tiny_run.root, "-")
    assert code == 1
    assert "-: not an image" in err


def errors(tiny: TinyRun, tmp: Path) -> dict[str, tuple[list[object], int, str]]:
    """Wrong words by name: the words, the exit code, what the line says."""
    out = ["--out", tmp / "new", *TINY_FLAGS]
    photo = tiny.photos / "red" / "s0_000.png"
    (tmp / "empty").mkdir(exist_ok=True)
    return {
        "no photos named": (["train"], 1, "unseen train PHOTOS"),
        "a path that is not there": (["train", tmp / "nope", *out], 1, "is not there: check the path"),
        "a file": (["train", photo, *out], 1, "name the folder that holds the class folders"),
        "an empty folder": (["train", tmp / "empty", *out], 1, "no usable photos"),
        "an unknown class": (["train", tiny.photos, *out, "--classes", "red,violet"], 1, "no class 'violet'"),
        "a broken pattern": (["train", tiny.photos, *out, "--groups", "(s["], 1, "is no regular expression"),
        "no group file": (["train", tiny.photos, *out, "--groups", "x.csv"], 1, "no file x.csv"),
        "one group": (["train", tiny.photos, *out, "--groups", "(s)"], 1, "--groups FILE"),
        "no split file": (["train", tiny.photos, *out, "--split", "x.csv"], 1, "x.csv cannot be read"),
        "shares of two": (["train", tiny.photos, *out, "--fractions", "80/20"], 1, "such as 70/15/15"),
        "no training share": (["train", tiny.photos, *out, "--fractions", "0/50/50"], 1, "train above 0"),
        "not a number": (
            ["train", tiny.photos, *out, "--time-limit", "nan"],
            1,
            "--time-limit is nan: use a value",
        ),
        "resume with photos": (["train", tiny.photos, "--resume", tiny.root], 1, "knows its photos"),
        "resume a finished run": (["train", "--resume", tiny.root], 1, "is finished"),
        "out in use": (["train", tiny.photos, "--out", tiny.root, *TINY_FLAGS], 1, "is there already"),
        "out below a file": (["train", tiny.photos, "--out", photo / "x", *TINY_FLAGS], 1, "cannot be made"),
        "no run": (["predict", tmp / "nope", photo], 1, "is not there: name a run folder"),
        "not a run": (["predict", tmp, photo], 1, "name a run that finished"),
        "no photo at all": (["predict", tiny.root, tmp / "empty"], 1, "none of the 0 files can be used"),
        "two forms": (["predict", tiny.root, photo, "--json", "--csv"], 1, "use one of them"),
        "test without photos": (["evaluate", tiny.root, tmp / "empty"], 1, "no usable photos"),
        "too many stages": (["models", "mobilenetv2", "--unfreeze", "99"], 1, "--unfreeze is 99"),
        "one class": (["models", "mobilenetv2", "--classes", "1"], 1, "needs 2 or more"),
        "an unknown flag": (["train", tiny.photos, "--colour"], 2, "No such option"),
        "a word for a number": (["train", tiny.photos, "--seed", "abc"], 2, "'abc' is not a valid integer"),
        "an unknown verb": (["fly"], 2, "No such command 'fly'"),
        "nothing to predict": (["predict", tiny.root], 2, "Missing argument"),
    }


@pytest.mark.parametrize("name", errors(TinyRun(Path("r"), Path("p"), ""), Path("/tmp")))
def test_an_error_is_one_line_with_the_next_step(run: Any, tiny_run: TinyRun, tmp_path: Path, name: str) -> None:
    words, expected, part = errors(tiny_run, tmp_path)[name]
    code, out, err = run(*words)
    assert (code, out) == (expected, "")
    assert part in err
    assert "Traceback" not in err
    assert "bug in unseen" not in err
    lines = [line for line in err.splitlines() if line.startswith(("unseen:", "Error:"))]
    assert len(lines) == 1
    assert err.splitlines()[-1] == lines[0]


def test_debug_shows_the_trace(run: Any, tmp_path: Path) -> None:
    for words in (["--debug", "predict", tmp_path, "x.png"], ["predict", tmp_path, "x.png", "--debug"]):
        code, _, err = run(*words)
        assert code == 1
        assert "Traceback" in err
        assert err.splitlines()[-1].startswith(f"unseen: {tmp_path} has no model.onnx")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read and write everything")
def test_missing_permissions_are_one_line(run: Any, planted: Path, tmp_path: Path) -> None:
    (tmp_path / "locked").mkdir(mode=0o500)
    code, _, err = run("train", planted, "--out", tmp_path / "locked", *TINY_FLAGS)
    assert code == 1
    assert "cannot be written to" in err


def test_models_lists_every_network(run: Any) -> None:
    code, out, _ = run("models", "--json")
    rows = json.loads(out)["models"]
    assert code == 0
    assert {row["name"] for row in rows} == {"mobilenetv2", "handnet", "vgg16", "cnn-fingers", "cnn-asl"}
    # Sandler et al., 2018, table 4: 3.4 M parameters with the classifier of 1,000 classes, which has 1.281 M.
    (full,) = [row for row in rows if row["name"] == "mobilenetv2" and row["width"] == 1.0]
    assert full["parameters"] == 2_223_872
    code, out, _ = run("models")
    assert code == 0
    assert "2,223,872" in out


def test_summary_totals_add_up(run: Any) -> None:
    words = ["models", "mobilenetv2", "--width", "0.35", "--image-size", "64", "--unfreeze", "last", "--classes", "7"]
    words += ["--hidden", "100"]
    code, out, _ = run(*words, "--json")
    content = json.loads(out)
    assert code == 0
    assert content["trainable"] == sum(row["trainable"] for row in content["layers"])
    assert content["frozen"] == sum(row["frozen"] for row in content["layers"])
    assert min(content["trainable"], content["frozen"]) > 0
    head = sum(row["trainable"] for row in content["layers"] if row["name"].startswith("head"))
    assert head == 1280 * 100 + 100 + 100 * 7 + 7
    _, everything, _ = run(*words[:6], "--unfreeze", "all", "--classes", "7", "--hidden", "100", "--json")
    assert json.loads(everything)["frozen"] == 0
    assert json.loads(everything)["trainable"] == content["trainable"] + content["frozen"]
    _, table, _ = run(*words)
    assert f"{content['trainable']:,}" in table
    assert f"{content['frozen']:,}" in table


def test_the_cache_is_shown_and_cleared(run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNSEEN_CACHE", str(tmp_path / "cache"))
    code, out, _ = run("cache", "--json")
    assert (code, json.loads(out)["bytes"]) == (0, 0)
    code, out, _ = run("cache", "--clear")
    assert (code, out.startswith("0.0 MB in")) == (0, True)


def test_help_and_version_come_without_torch() -> None:
    """Every verb's help in one process in which torch cannot be imported."""
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "from unseen.cli import VERBS, main\n"
        "for words in ([], *([verb] for verb in VERBS)):\n"
        "    sys.argv = ['unseen', *words, '--help']\n"
        "    main()\n"
        "sys.argv = ['unseen', '--version']\n"
        "main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.count("Usage: unseen") == 1 + len(VERBS)
    assert all(text in done.stdout for text in VERBS.values())
    assert __version__ in done.stdout.splitlines()[-1]
    assert done.stderr == ""


def test_predict_and_cache_run_without_torch(tiny_run: TinyRun) -> None:
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "from unseen.cli import main\n"
        f"for words in (['predict', {str(tiny_run.root)!r}, {str(tiny_run.photos)!r}], ['cache']):\n"
        "    sys.argv = ['unseen', *words]\n"
        "    main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert len(done.stdout.splitlines()) == 72 + 1


def test_training_without_the_extra_says_how_to_get_it(planted: Path, tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "from unseen.cli import main\n"
        "sys.argv = ['unseen', *sys.argv[1:]]; main()"
    )
    for words in (["train", planted, "--out", tmp_path / "run"], ["models"], ["models", "vgg16"]):
        done = subprocess.run([sys.executable, "-c", code, *map(str, words)], capture_output=True, text=True)
        assert done.returncode == 1, words
        assert done.stderr == 'unseen: torch is not installed: pip install "unseen[train]"\n', words


def test_an_audit_prints_one_json_object_and_writes_the_page_where_it_is_told(run: Any, tmp_path: Path) -> None:
    write_photos(tmp_path / "photos", photos=8, sessions=4)
    page = tmp_path / "pages" / "audit.html"
    code, out, err = run(
        "audit", tmp_path / "photos", "--weights", "none", "--out", tmp_path / "out", "--html", page, "--json"
    )
    assert code == 0, err
    content = json.loads(out)
    assert out.count("\n") == 1
    assert content["photos"] == 24
    assert {row["kind"] for row in content["splits"]} == {"random", "grouped"}
    assert page.exists()
    assert Path(content["audit"], "split.csv").exists()


def test_an_audit_says_findings_with_what_to_do_and_where_the_page_is(run: Any, tmp_path: Path) -> None:
    root = write_photos(tmp_path / "photos", photos=8, sessions=4)
    file = next((root / "red").iterdir())
    (root / "blue" / "same.png").write_bytes(file.read_bytes())
    code, out, err = run("audit", root, "--weights", "none", "--out", tmp_path / "out")
    assert code == 0, err
    assert out == ""
    assert "carry two labels" in err
    assert "Keep each picture under the right label" in " ".join(err.split())
    assert f"page: {tmp_path / 'out' / 'audit.html'}" in err.replace("\n", "")
