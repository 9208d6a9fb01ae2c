"""Load a finished run so that it can be extended: its settings, its network and where its photos are."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from unseen.config import TrainConfig, config_from
from unseen.dataset.load import Source
from unseen.errors import UnseenError
from unseen.export.bundle import WEIGHTS, BundleFacts, find_bundle, read_facts
from unseen.models.classifier import Classifier
from unseen.models.head import Head
from unseen.models.weights import METADATA, own_weights, read_tensors
from unseen.recipe import Recipe, conditioned_backbone, make_preprocess
from unseen.registry import find_spec
from unseen.runs import RunFolder, read_json
from unseen.saved import read_record


@dataclass(frozen=True, slots=True)
class LoadedRun:
    """A finished run: its folder, its recipe with its own weights, the network in evaluation mode, its photos."""

    run: RunFolder
    recipe: Recipe
    model: Classifier
    facts: BundleFacts
    sources: tuple[Source, ...]
    saved: Mapping[str, Any]


def load_run(folder: Path) -> LoadedRun:
    """Load the run in `folder`; nothing is fetched, and what its bundle does not fit is an `UnseenError`."""
    run = RunFolder(folder)
    if not folder.exists():
        raise UnseenError(f"{folder} is not there: name the folder of a finished run")
    saved = read_json(run.config)
    if not run.finished():
        raise UnseenError(f"{folder} is not finished: go on with unseen train --resume {folder} first")
    settings = saved.get("resolved")
    if not isinstance(settings, dict):
        raise UnseenError(f"{run.config} holds no settings: name the folder of a finished run")
    bundle = find_bundle(folder)
    facts = read_facts(bundle)
    tensors, metadata = read_tensors(bundle / WEIGHTS)
    own = replace(own_weights(bundle / WEIGHTS, tensors, metadata.get(METADATA, "")), source=facts.weights)
    config = config_from(settings, TrainConfig)
    config = replace(config, augment=str(run.policy)) if run.policy.exists() else config
    recipe = Recipe(config, find_spec(config.model), own)
    backbone = conditioned_backbone(recipe, own.normalisation)
    hidden, dropout = config.hidden_layers or (), config.dropout or 0.0
    head = Head(backbone.features, len(facts.classes), hidden, dropout, backbone.trust)
    model = Classifier(make_preprocess(recipe, own.normalisation), backbone, head).eval()
    try:
        model.load_state_dict(tensors)
    except RuntimeError as error:
        reason = str(error).splitlines()[-1].strip()
        raise UnseenError(f"{bundle / WEIGHTS} does not fit {run.config} ({reason}): train again") from None
    return LoadedRun(run, recipe, model, facts, _sources(config, saved), saved)


def _sources(config: TrainConfig, saved: Mapping[str, Any]) -> tuple[Source, ...]:
    """Return the folders that the run's photos come from; one for a run of `unseen train`, more once it is extended."""
    if "sources" not in saved:
        return (Source(config.photos, config.layout, config.classes, config.groups, labels_from=config.labels_from),)
    return tuple(read_record(Source, row) for row in saved["sources"])
