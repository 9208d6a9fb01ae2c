"""Define how a photo that is not square becomes one."""

from collections.abc import Callable
from typing import TypeVar, get_args

from unseen.records import Fit

# What a letterbox shows beside the photo.
PADDING_GREY = 128.0
FITS: tuple[Fit, ...] = get_args(Fit)

Length = TypeVar("Length")


def fitted_span(
    length: Length,
    other: Length,
    fit: Fit,
    smaller: Callable[[Length, Length], Length],
    larger: Callable[[Length, Length], Length],
) -> Length:
    """Return how many pixels of an axis of `length` pixels, centred, fill the output square.

    `squash` takes the whole axis, `crop` the central square, `letterbox` the enclosing square (padded).
    Preprocessing asks with whole numbers and augmentation with tensors, hence the two functions.
    """
    if fit == "squash":
        return length
    return smaller(length, other) if fit == "crop" else larger(length, other)
