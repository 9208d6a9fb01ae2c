"""Read the files of the page once; a request names one of them or gets nothing, so that no path reaches the disk."""

from collections.abc import Mapping
from importlib.resources import files

from starlette.responses import Response

KINDS = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}


def read_page() -> Mapping[str, Response]:
    """Return the answer for each file of the page, by its name."""
    folder = files("unseen.serve") / "page"
    found = {}
    for entry in folder.iterdir():
        kind = KINDS.get("." + entry.name.rpartition(".")[2])
        if kind:
            found[entry.name] = Response(entry.read_bytes(), media_type=kind)
    return found
