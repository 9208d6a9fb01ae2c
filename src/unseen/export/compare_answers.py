"""Compare what an exported file answers with the network it was made from, photo by photo."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

from unseen.errors import UnseenError
from unseen.export.agreement import PROBABILITY_TOLERANCE, Agreement, agree
from unseen.export.bundle import BundleFacts
from unseen.locate.box_crop import View
from unseen.locate.locator import Locator
from unseen.models.classifier import Classifier
from unseen.photos.fit import PADDING_GREY
from unseen.photos.working_size import reduce_photo
from unseen.records import Float32Array, Uint8Array

# (width, height) of the photos that files of one size take, where nobody says: what cameras give.
FRAME = (640, 480)
# One photo (H, W, 3) uint8 to its probabilities (C,).
Answer = Callable[[Uint8Array], Float32Array]


def compare_answers(
    classifier: Classifier,
    locator: Locator | None,
    facts: BundleFacts,
    answer: Answer,
    photos: Sequence[Uint8Array],
    frame: tuple[int, int] | None = None,
) -> Agreement:
    """Compare on photos (H, W, 3 or 4) of any size, which are put into the `frame` that the file takes.

    Raises `UnseenError` where they disagree.
    """
    classifier = classifier.to("cpu").eval()
    expected, found = [], []
    for photo in photos:
        shown = framed(photo, frame) if frame else photo[..., :3]
        pixels = torch.from_numpy(np.ascontiguousarray(reduce_photo(shown, facts.decode_side_px))[None])
        expected.append(in_torch(classifier, locator, pixels)[0])
        found.append(answer(shown))
    agreement = agree_where_located(np.stack(expected), np.stack(found), locator)
    if not agreement.holds:
        raise UnseenError(
            f"what was written and torch disagree on {agreement.photos - agreement.same_answers} of "
            f"{agreement.photos} photos (largest difference {agreement.largest_difference:.2g}): it is not kept, "
            "please report the model and its settings"
        )
    return agreement


def in_torch(
    classifier: Classifier, locator: Locator | None, photos: Tensor, boxes: Tensor | None = None
) -> Float32Array:
    """Return the probabilities (N, C) of photos (N, H, W, 3) uint8, in whose `boxes` (N, 4), by default found here."""
    with torch.inference_mode():
        if locator and boxes is None:
            boxes = locator.find(*View(locator.view_px)(photos))[0]
        probabilities: Float32Array = torch.softmax(classifier(photos, boxes), dim=1).numpy()
    return probabilities


def agree_where_located(expected: Float32Array, found: Float32Array, locator: Locator | None) -> Agreement:
    """Compare probabilities (N, C) of two runtimes, each of which looks for boxes by itself if there is a `locator`."""
    tolerance, left_aside = (locator.tolerance, locator.left_aside) if locator else (PROBABILITY_TOLERANCE, 0.0)
    return agree(expected, found, tolerance, left_aside)


def framed(photo: Uint8Array, frame: tuple[int, int]) -> Uint8Array:
    """Return a photo (H, W, 3 or 4) as large as it fits into `frame` (width, height), between grey bands."""
    image = Image.fromarray(np.ascontiguousarray(photo[..., :3]))
    return np.asarray(ImageOps.pad(image, frame, Image.Resampling.BICUBIC, color=(round(PADDING_GREY),) * 3))
