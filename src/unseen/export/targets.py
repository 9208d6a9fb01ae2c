"""List the forms that a trained model can be exported to; a new one is a file here and a row of `TARGETS`."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from unseen.export.agreement import Agreement
from unseen.export.bundle import BundleFacts
from unseen.export.coreml_target import write_coreml
from unseen.export.litert_target import write_litert
from unseen.export.onnx_bundle import write_bundle
from unseen.export.torch_target import write_torch
from unseen.locate.locator import Locator
from unseen.models.classifier import Classifier
from unseen.records import Uint8Array

# Writes to the folder what predicts like the classifier, whose boxes the locator finds (`None`: it is given whole
# photos), and compares both on the decoded photos, (H, W, 3 or 4) uint8 each; the paths are
# of photos that must give one answer as a file and as an array. Where `agree` finds that they differ it raises
# `UnseenError` and leaves the folder as it was.
Writer = Callable[[Classifier, Locator | None, BundleFacts, Path, Sequence[Uint8Array], Sequence[Path]], Agreement]

TARGETS: Mapping[str, Writer] = {
    "onnx": write_bundle,
    "torch": write_torch,
    "litert": write_litert,
    "coreml": write_coreml,
}
