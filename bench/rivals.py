"""A tool's name and a folder of photos in; its seconds and the sets of photos it calls alike out, as JSON.

Run by `bench.audit` in an interpreter of its own that has the tools; imports nothing of unseen.
"""

import contextlib
import json
import sys
import time
import types
from pathlib import Path
from typing import Any


def cleanvision(folder: Path) -> dict[str, Any]:
    """CleanVision with its default issue types; equal and near-equal sets."""
    from cleanvision import Imagelab  # type: ignore[import-not-found]

    lab = Imagelab(data_path=str(folder))
    started = time.perf_counter()
    lab.find_issues()
    seconds = time.perf_counter() - started
    sets = [*lab.info["exact_duplicates"]["sets"], *lab.info["near_duplicates"]["sets"]]
    return {"seconds": seconds, "photos": len(lab.issues), "sets": sets}


def imagededup(folder: Path) -> dict[str, Any]:
    """PHash of imagededup at its default distance; each pair is a set."""
    # Its CNN is imported with all else and needs torch and torchvision; hashing does not.
    for module, name in (("methods.cnn", "CNN"), ("utils.models", "CustomModel"), ("utils.data_generator", "")):
        stub = types.ModuleType(f"imagededup.{module}")
        if name:
            setattr(stub, name, None)
        sys.modules[stub.__name__] = stub
    from imagededup.methods import PHash  # type: ignore[import-not-found]

    hasher = PHash(verbose=False)
    started = time.perf_counter()
    hashes = hasher.encode_images(image_dir=str(folder), recursive=True)
    found = hasher.find_duplicates(encoding_map=hashes)
    seconds = time.perf_counter() - started
    sets = [[name, other] for name, others in found.items() for other in others if name < other]
    return {"seconds": seconds, "photos": len(hashes), "sets": [[str(folder / n) for n in pair] for pair in sets]}


TOOLS = {"cleanvision": cleanvision, "imagededup": imagededup}


if __name__ == "__main__":
    with contextlib.redirect_stdout(sys.stderr):
        try:
            said = TOOLS[sys.argv[1]](Path(sys.argv[2]).resolve())
        except ModuleNotFoundError as error:
            said = {"missing": str(error)}
    print(json.dumps(said))
