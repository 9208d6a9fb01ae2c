"""The exported folder has all that its page loads, keeps it for offline use, and takes only the runtime it knows."""

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.conftest import TinyRun
from tests.serve.chromium import CHROMIUM, flags, needs_chromium
from unseen.errors import UnseenError
from unseen.serve import web_folder, web_runtime


@pytest.fixture
def folder(tiny_run: TinyRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(web_folder, "web_runtime", lambda _: dict.fromkeys(web_runtime.FILES, b"runtime"))
    web_folder.write_web_folder(str(tiny_run.root), tmp_path / "page")
    return tmp_path / "page"


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_all_that_the_page_loads_is_there_and_kept_for_offline_use(folder: Path, tiny_run: TinyRun) -> None:
    html = (folder / "index.html").read_text()
    there = names(folder)
    assert set(re.findall(r'(?:src|href)="(page/[^"]+)"', html)) <= there
    for script in folder.glob("page/*.js"):
        loaded = re.findall(r'from "\./([^"]+)"', script.read_text())
        assert {f"page/{name}" for name in loaded} <= there, script.name
    worker = (folder / "page" / "model_worker.js").read_text()
    assert set(re.findall(r"ort/([\w.-]+\.mjs)", worker)) == {"ort.wasm.min.mjs"} <= set(web_runtime.FILES)
    kept = re.search(r"FILES = (\[.*?\]);", (folder / "sw.js").read_text())
    assert kept
    assert set(json.loads(kept[1])) == {"./"} | (there - {"sw.js"})
    assert "docs" not in html
    assert 'type="module"' not in html.split("opened_as_file.js")[0].rsplit("<script", 1)[1]  # modules do not run there
    assert "default-src 'none'" in html
    assert (folder / "model.onnx").read_bytes() == (tiny_run.root / "model" / "model.onnx").read_bytes()
    assert json.loads((folder / "model.json").read_text())["classes"] == ["blue", "green", "red"]


def test_another_model_makes_another_version_of_the_offline_copy(
    folder: Path, tiny_run: TinyRun, tmp_path: Path
) -> None:
    again = tmp_path / "again"
    web_folder.write_web_folder(str(tiny_run.root), again)
    assert (again / "sw.js").read_text() == (folder / "sw.js").read_text()
    other = shutil.copytree(tiny_run.root, tmp_path / "other")
    web_folder.write_web_folder(str(other), tmp_path / "third")
    assert (tmp_path / "third" / "sw.js").read_text() != (folder / "sw.js").read_text()  # it has another name


def test_a_folder_with_files_is_left_alone(folder: Path, tiny_run: TinyRun) -> None:
    with pytest.raises(UnseenError, match="is there already"):
        web_folder.write_web_folder(str(tiny_run.root), folder)


def test_only_the_known_runtime_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "other.tgz").write_bytes(b"something else")
    with pytest.raises(UnseenError, match="is not onnxruntime-web"):
        web_runtime.web_runtime(tmp_path / "other.tgz")
    monkeypatch.setenv("UNSEEN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(UnseenError, match="npm, which is not installed"):
        web_runtime.web_runtime()


@needs_chromium
@pytest.mark.filterwarnings("default")
def test_opened_as_a_file_the_page_says_what_to_do(folder: Path) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags())
        page = browser.new_page()
        page.goto((folder / "index.html").as_uri())
        page.wait_for_selector("#problem:not([hidden])")
        assert "python -m http.server" in (page.text_content("#problem") or "")
        browser.close()
