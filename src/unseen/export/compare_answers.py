"""Compare what an exported file answers with the network it was made from, photo by photo."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from PIL import Image, ImageOps

from unseen.errors import UnseenError
from unseen.export.agreement import PROBABILITY_TOLERANCE, Agreement, agree
from unseen.export.bundle import BundleFacts
from unseen.locate.box_crop import View
from unseen.locate.locator import Locator
from unseen.models.classifier import Classifier
from unseen.photos.fit import PADDING_GREY
from unseen.photos.working_size import reduce_photo
from unseen.records import Float32Array, Uint8Array

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
    tolerance, left_aside = (locator.tolerance, locator.left_aside) if locator else (PROBABILITY_TOLERANCE, 0.0)
    classifier = classifier.to("cpu").eval()
    expected, found = [], []
    for photo in photos:
        shown = framed(photo, frame) if frame else photo[..., :3]
        pixels = torch.from_numpy(np.ascontiguousarray(reduce_photo(shown, facts.decode_side_px))[None])
        with torch.inference_mode():
            boxes = locator.find(*View(locator.view_px)(pixels))[0] if locator else None
            expected.append(torch.softmax(classifier(pixels, boxes), dim=1)[0].numpy())
        found.append(answer(shown))
    agreement = agree(np.stack(expected), np.stack(found), tolerance, left_aside)
    if not agreement.holds:
        raise UnseenError(
            f"what was written and torch disagree on {agreement.photos - agreement.same_answers} of "
            f"{agreement.photos} photos (largest difference {agreement.largest_difference:.2g}): it is not kept, "
            "please report the model and its settings"
        )
    return agreement


def framed(photo: Uint8Array, frame: tuple[int, int]) -> Uint8Array:
    """Return a photo (H, W, 3 or 4) as large as it fits into `frame` (width, height), between grey bands."""
    image = Image.fromarray(np.ascontiguousarray(photo[..., :3]))
    return np.asarray(ImageOps.pad(image, frame, Image.Resampling.BICUBIC, color=(round(PADDING_GREY),) * 3))
