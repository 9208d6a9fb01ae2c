"""Find and load pre-trained weights: built in, from the hub, or from a safetensors file."""

import json
import re
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from unseen.errors import UnseenError
from unseen.models.backbone import Backbone
from unseen.models.keras_mobilenet import SUFFIXES, read_keras
from unseen.models.mobilenet import Padding
from unseen.models.preprocess import CENTRE, IMAGENET, Normalisation
from unseen.models.spec import HubWeights, ModelSpec
from unseen.runs import atomic_path
from unseen.store.folder import cache_root, writable
from unseen.store.hub_client import ask_hub, hub_address

# The key under which a run's own weights state what they expect, as JSON.
METADATA = "unseen"
# Where a run's own weights keep the backbone; the head and the rest are left behind.
OWN_PREFIX = "backbone."
# of a backbone that stands beside the reader of `with_pose.WithPose`
TOLD_PREFIX = "backbone.backbone."
# Classifiers and dense layers of published files, which a new head replaces.
CLASSIFIER_PREFIXES = ("classifier.", "head.", "fc.", "pre_logits.")


@dataclass(frozen=True, slots=True)
class PretrainedWeights:
    """Tensors by name, what pixels they expect, and where they came from."""

    tensors: Mapping[str, Tensor]
    normalisation: Normalisation
    padding: Padding
    source: str


def find_weights(stated: str, spec: ModelSpec, width: float) -> PretrainedWeights | None:
    """Return the weights that `stated` names, or `None` where there are none.

    `none`, `imagenet`, a path, `builtin`: those that come with this package, `cached`: the built-in ones, or those of
    ImageNet if the hub's client has fetched them before; the network is not asked.
    """
    if stated == "none":
        return None
    if stated == "builtin" or (stated == "cached" and spec.builtin):
        return builtin_weights(spec)
    if stated == "cached":
        return _cached(spec, width)
    if stated == "imagenet":
        hub = hub_weights(spec, width)  # the client asks the hub for news of files that it has: it is not let
        return _cached(spec, width) or _from_hub(hub, download(hub))
    path = Path(stated).expanduser()
    if not path.is_file():
        raise UnseenError(f"no weights at {path}: use --weights imagenet, none, or a .safetensors or .h5 file")
    if path.suffix.lower() in SUFFIXES:
        return PretrainedWeights(read_keras(path), CENTRE, "same", path.name)
    tensors, metadata = read_tensors(path)
    if METADATA in metadata:
        return own_weights(path, tensors, metadata[METADATA])
    return PretrainedWeights(tensors, stated_normalisation(metadata), stated_padding(metadata), path.name)


def builtin_weights(spec: ModelSpec) -> PretrainedWeights:
    """Return the weights of `spec` that lie in this package."""
    if spec.builtin is None:
        raise UnseenError(
            f"{spec.name} has no built-in weights: see `unseen models`, or use --weights imagenet or a file"
        )
    tensors, metadata = read_tensors(spec.builtin)
    source = f"built in ({metadata.get('licence', 'Apache-2.0')})"
    return PretrainedWeights(tensors, stated_normalisation(metadata), stated_padding(metadata), source)


def own_weights(path: Path, tensors: Mapping[str, Tensor], stated: str) -> PretrainedWeights:
    """Take the backbone of a run's `weights.safetensors`, with the pixels and the padding it states."""
    try:
        facts = json.loads(stated)
        (r, g, b), (sr, sg, sb) = facts["mean"], facts["std"]
        normalisation = Normalisation((float(r), float(g), float(b)), (float(sr), float(sg), float(sb)))
        padding: Padding = {"same": "same", "symmetric": "symmetric"}[facts["padding"]]  # type: ignore[assignment]
    except (ValueError, KeyError, TypeError) as error:
        why = f"{path} does not state what its weights expect ({error!r})"
        raise UnseenError(f"{why}: copy them from the run again") from None
    prefix = TOLD_PREFIX if any(name.startswith(TOLD_PREFIX) for name in tensors) else OWN_PREFIX
    kept = {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
    return PretrainedWeights(kept, normalisation, padding, str(path))


def hub_weights(spec: ModelSpec, width: float) -> HubWeights:
    """Return where ImageNet weights of `spec` at `width` are published."""
    if width in spec.hub:
        return spec.hub[width]
    others = ", ".join(f"--width {w:g}" for w in spec.hub) if spec.has_width else ""
    raise UnseenError(
        f"no ImageNet weights are published for {spec.name} at width {width:g}: "
        f"use --weights none, --weights FILE.safetensors{' or ' + others if others else ''}"
    )


def _cached(spec: ModelSpec, width: float) -> PretrainedWeights | None:
    hub = spec.hub.get(width)
    if hub is None:
        return None
    if hub.url:
        file = _kept(hub) if _kept(hub).is_file() else None
        return _from_hub(hub, file) if file else None
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        file = fetch(hub, local_only=True)
    except LocalEntryNotFoundError:
        file = None
    return _from_hub(hub, file) if file else None


def _from_hub(hub: HubWeights, file: Path) -> PretrainedWeights:
    source = f"{hub.repository} ({hub.licence})"
    tensors = read_keras(file) if hub.filename.endswith(SUFFIXES) else read_tensors(file)[0]
    return PretrainedWeights(tensors, hub.normalisation, hub.padding, source)


def fetch(hub: HubWeights, *, local_only: bool) -> Path:
    """Return the hub's file, from its client's cache where it has been fetched before."""
    from huggingface_hub import hf_hub_download

    if not local_only:
        ask_hub()
    return Path(hf_hub_download(hub.repository, hub.filename, local_files_only=local_only))


def download(hub: HubWeights) -> Path:
    """Return the hub's file; raise `UnseenError` that says how to get it otherwise."""
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        return _fetch_url(hub) if hub.url else fetch(hub, local_only=False)
    except (LocalEntryNotFoundError, HfHubHTTPError, OSError, UnseenError) as error:
        where = hub.url + hub.filename if hub.url else f"{hub_address()}/{hub.repository}/resolve/main/{hub.filename}"
        why = str(error).strip().partition("\n")[0].partition(". ")[0]
        raise UnseenError(
            f"{hub.repository} cannot be downloaded ({why}): fetch {where} on another machine and pass it with "
            f"--weights {hub.filename}, or train without, --weights none"
        ) from None


def _kept(hub: HubWeights) -> Path:
    return cache_root() / "weights" / hub.filename


def _fetch_url(hub: HubWeights) -> Path:
    path, _ = writable(_kept(hub).parent)
    with urllib.request.urlopen(hub.url + hub.filename, timeout=10) as response, atomic_path(path / hub.filename) as to:
        to.write_bytes(response.read())
    return path / hub.filename


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Read the tensors and the metadata of a safetensors file; nothing in it is executed."""
    try:
        with safe_open(path, framework="pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
            return tensors, dict(file.metadata() or {})
    except (SafetensorError, OSError) as error:
        raise UnseenError(f"{path} is not a safetensors file ({error}): convert it with safetensors") from None


def stated_normalisation(metadata: Mapping[str, str]) -> Normalisation:
    """Read `input` such as "RGB, 224x224, (x-128)/128"; ImageNet's mean and deviation where nothing is stated."""
    found = re.search(r"\(\s*x\s*-\s*([\d.]+)\s*\)\s*/\s*([\d.]+)", metadata.get("input", ""))
    if not found:
        return IMAGENET
    mean, std = float(found[1]), float(found[2])
    return Normalisation((mean,) * 3, (std,) * 3)


def stated_padding(metadata: Mapping[str, str]) -> Padding:
    """Read `padding`: "same" for weights that come from TensorFlow; PyTorch's symmetric padding otherwise."""
    return "same" if "same" in metadata.get("padding", "").lower() else "symmetric"


def load_into(backbone: Backbone, weights: PretrainedWeights, spec: ModelSpec) -> None:
    """Copy the tensors into `backbone`; every parameter must be found, with its shape."""
    wanted = backbone.state_dict()
    found = {
        rename(name, spec): tensor.to(torch.float32) if tensor.is_floating_point() else tensor
        for name, tensor in weights.tensors.items()
        # some backbones keep a part of what is called a head, such as ConvNeXt's `head.norm`
        if not name.startswith(CLASSIFIER_PREFIXES) or rename(name, spec) in wanted
    }
    missing = [name for name in wanted if name not in found and not name.endswith("num_batches_tracked")]
    unknown = [name for name in found if name not in wanted]
    shapes = [n for n in wanted if n in found and found[n].shape != wanted[n].shape]
    for what, names in (("misses", missing), ("has other shapes for", shapes), ("has unknown", unknown)):
        if names:
            raise UnseenError(
                f"{weights.source} does not fit {spec.name}: it {what} {len(names)} tensors such as {names[0]}: "
                "check --model and --width"
            )
    backbone.load_state_dict(found, strict=False)


def rename(name: str, spec: ModelSpec) -> str:
    """Translate a published parameter name to the one used here."""
    for theirs, ours in spec.renames.items():
        if name.startswith(theirs) and not (theirs == "" and name.startswith(ours)):
            return ours + name.removeprefix(theirs)
    return name
