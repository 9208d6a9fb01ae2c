"""List the forms that a trained model can be exported to; a new one is a file here and a row of `TARGETS`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from unseen.export.agreement import Agreement
from unseen.export.bundle import BundleFacts
from unseen.export.onnx_bundle import write_bundle
from unseen.locate.locator import Locator
from unseen.models.classifier import Classifier
from unseen.records import Uint8Array


class Writer(Protocol):
    """Writes one form of a model."""

    def __call__(
        self,
        classifier: Classifier,
        locator: Locator | None,
        facts: BundleFacts,
        folder: Path,
        photos: Sequence[Uint8Array],
        files: Sequence[Path] = (),
        /,
    ) -> Agreement:
        """Write to `folder` what predicts like `classifier` on decoded `photos`, (H, W, 3 or 4) uint8 each.

        locator: what finds the boxes that `classifier` crops, `None` where it is given whole photos. files: of photos
        that must give one answer as a file and as an array. Raises `UnseenError`, leaving `folder` as it was, where
        `agree` finds that the two do not predict the same.
        """
        ...


TARGETS: Mapping[str, Writer] = {"onnx": write_bundle}
