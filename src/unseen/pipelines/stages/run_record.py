"""Write `run.json`, the record of how a run was made; read what a stopped run goes on with."""

import os
import platform
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import torch

from unseen.config import TrainConfig, config_from
from unseen.context import RunContext
from unseen.dataset.dataset import SplitDataset
from unseen.errors import UnseenError
from unseen.runs import RunFolder, read_json, write_json
from unseen.version import __version__

SPENT = ("plan.json", "search.json")  # where stages note how long the run has taken
WORDS = ("auto", "random", "none", "builtin", "imagenet", "None")  # what is no path where a path may stand


def write_config(
    context: RunContext, config: TrainConfig | None, data: SplitDataset, more: Mapping[str, Any] = MappingProxyType({})
) -> None:
    """Write `run.json`: the settings as given (`None`: there is no resuming) and as resolved, versions, fingerprint."""
    write_json(
        context.run.config,
        {
            "config": config.as_dict() if config else None,
            "resolved": context.config.as_dict(),
            "versions": {
                "unseen": __version__,
                "python": platform.python_version(),
                "torch": str(torch.__version__),
                "numpy": np.__version__,
            },
            "device": str(context.runtime.device),
            "bf16": context.runtime.bf16,
            "weights": context.recipe.weights.source if context.recipe.weights else "none",
            "photos": len(data.labels),
            "classes": list(data.classes),
            "grouping": [asdict(reason) for reason in data.grouping.reasons],
            "fingerprint": data.fingerprint,
            "started_in": _way(context.run.root.resolve(), Path.cwd()),
            **more,
        },
    )


def started_with(run: RunFolder) -> tuple[TrainConfig, str]:
    """Return the settings and the fingerprint of the photos that a run was started with, from whatever folder."""
    if not run.config.is_file():
        raise UnseenError(f"{run.root} is no run that was begun: check the path, or train into a new --out")
    saved = read_json(run.config)
    if run.finished():
        raise UnseenError(f"{run.root} is finished: see {run.report}, or train into another --out")
    settings, fingerprint = saved.get("config"), saved.get("fingerprint")
    if not isinstance(settings, dict):
        raise UnseenError(f"{run.config} holds no settings: train into a new --out")
    config = replace(config_from(settings, TrainConfig), out=str(run.root))
    return _from_here(config, run.root.resolve() / str(saved.get("started_in", ""))), str(fingerprint)


def _way(start: Path, end: Path) -> str:
    """Return the way from one folder to another: both may move together."""
    try:
        return os.path.relpath(end, start)
    except ValueError:  # drives of Windows
        return str(end)


def _from_here(config: TrainConfig, start: Path) -> TrainConfig:
    """Return `config` with paths from the folder `start` as paths from the current one."""
    if start.resolve() == Path.cwd() or not (start / config.photos).exists():
        return config
    moved: dict[str, Any] = {}
    for name in ("photos", "groups", "split", "weights", "backgrounds", "augment", "generated"):
        path = str(getattr(config, name))
        if path not in WORDS and os.path.exists(start / path):  # noqa: PTH110 - a pattern may be too long for a path
            moved[name] = _way(Path.cwd(), start / path)
    return replace(config, **moved)


def spent_seconds(run: RunFolder) -> float:
    """Seconds that the interrupted part took up to its last checkpoint, as far as they were written down."""
    latest = run.checkpoint / "latest.json"
    noted = [float(read_json(path)["spent"]) for name in SPENT if (path := run.checkpoint / name).exists()]
    spent = max(noted, default=0.0)
    if latest.exists():
        facts = read_json(latest)
        spent += facts["seconds"] + sum(row["seconds"] for row in facts["history"])
    return spent
