"""Write a run as a `torch.export` program that takes photos of any size."""

import io
import json
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import nn
from torch.export import Dim

from unseen.export.agreement import Agreement
from unseen.export.bundle import OUTPUTS, UNKNOWN_AT, BundleFacts, metadata
from unseen.export.compare_answers import Answer, compare_answers
from unseen.export.whole_module import exported, whole_module
from unseen.locate.locator import Locator
from unseen.models.classifier import Classifier
from unseen.records import Float32Array, Uint8Array
from unseen.runs import atomic_path

PROGRAM = "model.pt2"
FACTS = "facts.json"


def write_torch(
    classifier: Classifier,
    locator: Locator | None,
    facts: BundleFacts,
    folder: Path,
    photos: Sequence[Uint8Array],
    files: Sequence[Path] = (),  # noqa: ARG001 - see `Writer`
    doubt: tuple[nn.Module, float] | None = None,
) -> Agreement:
    """Write `model.pt2`, its facts inside; see `targets.Writer`. doubt: see `WholeModule`, and `bundle.UNKNOWN_AT`."""
    # two photos, neither square nor alike in shape: an axis that was fixed by mistake would show
    example = torch.zeros(2, 61, 97, 3, dtype=torch.uint8)
    sides = {0: Dim("photo_count", min=1), 1: Dim("height", min=1), 2: Dim("width", min=1)}
    module, at = doubt or (None, None)
    program = exported(whole_module(classifier, locator, facts, doubt=module), example, (sides,))
    stated = metadata(facts, OUTPUTS[:1]) | ({} if at is None else {UNKNOWN_AT: f"{at:.6g}"})
    with atomic_path(folder / PROGRAM) as target:
        written = io.BytesIO()  # torch refuses names with another ending
        torch.export.save(program, written, extra_files={FACTS: json.dumps(stated)})
        target.write_bytes(written.getvalue())
        return compare_answers(classifier, locator, facts, open_torch(written), photos)


def open_torch(file: Path | io.BytesIO) -> Answer:
    """Return what the written program answers to one photo (H, W, 3) uint8: probabilities (C,)."""
    if isinstance(file, io.BytesIO):
        file.seek(0)
    program = torch.export.load(file).module()

    def answer(photo: Uint8Array) -> Float32Array:
        with torch.inference_mode():
            found = program(torch.from_numpy(photo[None].copy()))
            probabilities: Float32Array = (found[0] if isinstance(found, tuple) else found)[0].numpy()
        return probabilities

    return answer
