"""Write `run.json`, the record of how a run was made, and read how long it took so far."""

import platform
from collections.abc import Mapping
from dataclasses import asdict
from types import MappingProxyType
from typing import Any

import numpy as np
import torch

from unseen.config import TrainConfig
from unseen.context import RunContext
from unseen.dataset.dataset import SplitDataset
from unseen.runs import RunFolder, read_json, write_json
from unseen.version import __version__


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
            **more,
        },
    )


def spent_seconds(run: RunFolder) -> float:
    """Seconds that the interrupted part took up to its last checkpoint, as far as they were written down."""
    plan, latest = run.checkpoint / "plan.json", run.checkpoint / "latest.json"
    spent = float(read_json(plan)["spent"]) if plan.exists() else 0.0
    if latest.exists():
        facts = read_json(latest)
        spent += facts["seconds"] + sum(row["seconds"] for row in facts["history"])
    return spent
