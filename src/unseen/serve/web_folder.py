"""Write a run as a static folder that recognises photos in any browser: page, model and runtime, without a server."""

import hashlib
import json
import shutil
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from unseen.errors import UnseenError
from unseen.explanation.explaining_predictor import ExplainingPredictor
from unseen.export.bundle import GRAPH
from unseen.serve.about import about_model, graph_bytes
from unseen.serve.web_runtime import web_runtime

# Of the server's page; `engine.js` is the one that runs the model in the browser.
PAGE = (
    "style.css",
    "icon.svg",
    "main.js",
    "model_facts.js",
    "photos.js",
    "camera.js",
    "smoothing.js",
    "answer_view.js",
    "why.js",
)
BROWSER = ("engine.js", "model_worker.js", "opened_as_file.js")
POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob: data:; "
    "media-src 'self' blob:; connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'"
)


@dataclass(frozen=True, slots=True)
class WebFolder:
    """A page that was written, and how large it is."""

    folder: Path
    size_bytes: int

    def as_dict(self) -> dict[str, str | int]:
        """Return a JSON-ready copy."""
        return {"folder": str(self.folder), "bytes": self.size_bytes}


def write_web_folder(run: str, folder: Path, package: Path | None = None, graph: bytes | None = None) -> WebFolder:
    """Write the bundle of `run` into the new folder `folder`.

    package: see `web_runtime`. graph: what to ship in place of the run's own graph.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UnseenError(f"{folder} is there already: name another folder, or delete it")
    about = {**about_model(run, ExplainingPredictor(run)), "hands": False}  # the graph alone answers for the larger one
    content: dict[str, bytes] = {f"ort/{name}": file for name, file in web_runtime(package).items()}
    content[GRAPH] = graph or graph_bytes(run)
    content["model.json"] = json.dumps(about, indent=1).encode()
    package_files = files("unseen.serve")
    content |= {f"page/{name}": (package_files / "page" / name).read_bytes() for name in PAGE}
    content |= {f"page/{name}": (package_files / "web" / name).read_bytes() for name in BROWSER}
    content["index.html"] = _page((package_files / "page" / "index.html").read_text("utf-8")).encode()
    content["sw.js"] = _service_worker((package_files / "web" / "sw.js").read_text("utf-8"), content).encode()
    try:
        for name, file in content.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file)
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise UnseenError(f"{folder} cannot be written ({error.strerror}): free some space, or name another") from None
    return WebFolder(folder, sum(map(len, content.values())))


def _page(html: str) -> str:
    """Return the page with the policy that the server would send, and without what only a server has."""
    start, end = html.index("  <nav>"), html.index("</nav>\n") + len("</nav>\n")
    policy = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
    notice = '<script src="page/opened_as_file.js" defer></script>\n'
    return (html[:start] + html[end:]).replace('<meta name="viewport"', policy + notice + '<meta name="viewport"', 1)


def _service_worker(script: str, content: dict[str, bytes]) -> str:
    """Return the service worker with the names of all files, and a version that changes with any of them."""
    version = hashlib.sha256(b"".join(name.encode() + content[name] for name in sorted(content))).hexdigest()[:16]
    names = json.dumps(["./", *sorted(content)])
    return script.replace('"VERSION"', json.dumps(version)).replace('["FILES"]', names)
