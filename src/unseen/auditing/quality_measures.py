"""Measure light, contrast, edge width, noise, colour, bars and flat areas of photos of one shape.

All are measured at the size the photo is kept at (a short side of about 192 px), because that is what a model
sees: a 12-megapixel photo that is a little soft is sharp once reduced.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unseen.records import Float32Array, Uint8Array
from unseen.split.fingerprint import LUMA

COARSE_PX = 64  # light is read on about this many pixels of the short side, colour on half as many
ROW_STEP = 3  # detail is read on every third row: the same statistics at a third of the time
REACH_SHARE = 0.05  # an edge is compared with the change over this share of the short side
EDGE_SHARE = 0.001  # of the pixels, on the strongest edges: a sharp subject before a blurred ground is sharp
MIN_JUDGED_PX = 64  # below it one pixel is so large a share of the side that any edge looks wide
REST_LEVELS = 2.0  # keeps a photo without edges from being divided by nothing
HISTOGRAM_BINS = 8  # a channel

FLAT_LINE_LEVELS = 8  # range of grey in one line of a bar; JPEG rings by a few levels beside its edge
SAME_LEVELS = 6  # the bars of one photo have one grey
BAR_EDGE_LEVELS = 12
BAR_EDGE_SHARE = 0.5  # of a line after a bar; a plain wall fades, a bar ends in a straight edge
RINGING_LINES = 4  # a JPEG block of 8 px spoils the last lines of a bar, at half size or less
SUSPECT_FLAT = 0.25  # colours are counted, which is slow, only above this share of flat area
TOP_COLOURS = 8

Int16Array = npt.NDArray[np.int16]
Uint32Array = npt.NDArray[np.uint32]
FloatArray = npt.NDArray[np.floating]


@dataclass(frozen=True)
class Measures:
    """What the pixels of n photos say, (n,) float32 each. Levels are grey or colour levels, 0-255; shares are 0 to 1.

    brightness: mean grey. dark_level, bright_level: 5th and 95th percentile of grey. contrast: standard deviation
    of grey. edge_width: how far the strongest edges spread, as a share of the short side, in the direction that
    is worse (0.05 is the most that is told apart; NaN below 64 px). noise: standard deviation in levels.
    saturation: mean of (max - min) / max of the channels. colourfulness: Hasler and Suesstrunk 2003, about 0-100.
    chroma: 99th percentile of max - min of the channels, in levels; 0 is greyscale. bar_rows, bar_columns: share
    of the height and width that is uniform bars on opposite sides. flat: share of pixels that equal the one
    beside them exactly. top_colours: share of the eight most frequent colours; 0 where `flat` is small.
    """

    brightness: Float32Array
    dark_level: Float32Array
    bright_level: Float32Array
    contrast: Float32Array
    edge_width: Float32Array
    noise: Float32Array
    saturation: Float32Array
    colourfulness: Float32Array
    chroma: Float32Array
    bar_rows: Float32Array
    bar_columns: Float32Array
    flat: Float32Array
    top_colours: Float32Array


def measure_pixels(photos: Sequence[Uint8Array]) -> tuple[Measures, Float32Array]:
    """Return the measures of n photos of one shape, (H, W, 4) uint8 contiguous, and their colours.

    Colours are (n, 24) float32: the share of each eighth of the scale for red, green and blue, each summing to 1.
    A photo's numbers do not depend on the photos beside it.
    """
    step = max(1, round(min(photos[0].shape[:2]) / COARSE_PX))
    # Whole pixels are copied as one number each: thrice as fast as four bytes at a stride.
    coarse = np.stack([photo.view(np.uint32)[step // 2 :: step, step // 2 :: step, 0] for photo in photos])
    planes = coarse.view(np.uint8).reshape(*coarse.shape, 4)  # (n, h, w, 4)
    grey = grey_levels(planes)  # (n, h, w) float32
    levels = grey.astype(np.int16)  # not uint8: NumPy partitions 16 bits with vector instructions, twenty times faster
    mean = grey.reshape(len(photos), -1).mean(axis=1)
    dark, bright = _quantiles(levels, 0.05, 0.95)
    few = np.ascontiguousarray(planes[:, ::2, ::2, :3].transpose(3, 0, 1, 2)).reshape(3, len(photos), -1)
    saturation, colourfulness, chroma = _colour(few)
    green = np.empty((len(photos), *photos[0].shape[:2]), np.int16)
    for k, photo in enumerate(photos):
        green[k] = photo[..., 1]  # 59% of grey, and at a tenth of its price
    flat, top_colours = _flatness(photos)
    found = (
        mean,
        dark,
        bright,
        grey.reshape(len(photos), -1).std(axis=1),
        edge_width(green),
        noise(green),
        saturation,
        colourfulness,
        chroma,
        bar_share(levels),
        bar_share(levels.transpose(0, 2, 1)),
        flat,
        top_colours,
    )
    return Measures(*(values.astype(np.float32) for values in found)), _colour_histogram(few)


def grey_levels(rgba: Uint8Array) -> Float32Array:
    """Return the grey, 0-255, of (..., 4) uint8 pixels; a matrix product would start BLAS's own threads."""
    red, green, blue = (rgba[..., k].astype(np.float32) for k in range(3))
    red *= LUMA[0]
    green *= LUMA[1]
    blue *= LUMA[2]
    red += green
    red += blue
    return red


def edge_width(grey: Int16Array) -> FloatArray:
    """Return about how wide the strongest edges of (n, H, W) grey levels are, (n,), as a share of the short side.

    NaN where the photos are too small.

    An edge of height h that spreads over w pixels changes by h / w from one pixel to the next, on w pixels, and by
    h over a reach S > w, on S pixels. So the steps that one in 1,000 pixels exceeds are set against the steps over
    S that S in 1,000 exceed, which gives w. Contrast cancels, so does the number of edges, and the unit is a share
    of the photo: one threshold serves every set. The usual variance of the Laplacian, even over that of grey, counts
    edges as much as it measures them: at 1% false alarms it found 82% of photos of `rps_freeman` blurred by 1% of
    their side, and its threshold depends on their size. Across and along are apart: a moving hand blurs one of them.
    """
    side: int = min(grey.shape[1:])
    if side < MIN_JUDGED_PX:
        return np.full(len(grey), np.nan)
    reach = max(2, round(side * REACH_SHARE))
    rows = grey[:, ::ROW_STEP]
    steepness = np.minimum(
        _steepness(rows[..., 1:] - rows[..., :-1], rows[..., reach:] - rows[..., :-reach], reach),
        _steepness(_row_steps(grey, 1), _row_steps(grey, reach), reach),
    )
    width: FloatArray = 1 / side / np.maximum(steepness, 1 / reach)
    return width


def _row_steps(grey: Int16Array, reach: int) -> Int16Array:
    steps: Int16Array = grey[:, reach::ROW_STEP] - grey[:, :-reach:ROW_STEP]
    return steps


def _steepness(near: Int16Array, far: Int16Array, reach: int) -> FloatArray:
    (step,), (rise,) = _top(near, 1 - EDGE_SHARE), _top(far, 1 - EDGE_SHARE * reach)
    steepness: FloatArray = step / (rise + REST_LEVELS)
    return steepness


def _top(steps: Int16Array, share: float) -> list[FloatArray]:
    return _quantiles(np.abs(steps, out=steps), share)


def noise(grey: Int16Array) -> FloatArray:
    """Return the standard deviation of the noise of (n, H, W) grey levels, (n,), in levels.

    Immerkaer's mask (1996, Fast noise variance estimation) cancels edges and ramps; the median of what is left,
    not its mean, because on the in-the-wild photos the mean takes texture for noise of up to 10 levels.
    """
    rows = grey.shape[1] // 3 * 3
    if rows < 3 or grey.shape[2] < 3:
        return np.full(len(grey), np.nan)
    second = grey[:, 0:rows:3] + grey[:, 2:rows:3]
    second -= grey[:, 1:rows:3]
    second -= grey[:, 1:rows:3]
    left = second[..., :-2] + second[..., 2:]
    left -= second[..., 1:-1]
    left -= second[..., 1:-1]
    deviation: FloatArray = _top(left, 0.5)[0] / (6 * 0.6745)  # the mask has a norm of 6; MAD to deviation
    return deviation


def _quantiles(values: Int16Array, *shares: float) -> list[FloatArray]:
    """Return quantiles of each of n arrays, (n,) each, without interpolation: many times faster than np.quantile."""
    flat = values.reshape(len(values), -1)
    places = [round(share * (flat.shape[1] - 1)) for share in shares]
    # One place at a time: several at once are not vectorised, and take five times as long.
    return [np.partition(flat, place, axis=1)[:, place].astype(np.float64) for place in places]


def _colour(planes: Uint8Array) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return saturation, colourfulness and chroma, (n,) each, of (3, n, pixels)."""
    highest = planes.max(axis=0)
    spread = highest - planes.min(axis=0)  # (n, pixels)
    saturation = np.divide(spread, np.maximum(highest, 1), dtype=np.float32).mean(axis=1)
    red, green, blue = planes.astype(np.float32)
    opponents = np.stack([red - green, 0.5 * (red + green) - blue])  # yellow against blue
    deviation = np.sqrt(opponents.var(axis=2).sum(axis=0))
    colourfulness = deviation + 0.3 * np.sqrt(np.square(opponents.mean(axis=2)).sum(axis=0))
    return saturation, colourfulness, _quantiles(spread.astype(np.int16), 0.99)[0]


def _colour_histogram(planes: Uint8Array) -> Float32Array:
    """Return the share of each eighth of the scale, (n, 24), of (3, n, pixels)."""
    n, pixels = planes.shape[1:]
    first = np.arange(0, 3 * HISTOGRAM_BINS * n, HISTOGRAM_BINS).reshape(n, 3).T[..., None]  # (3, n, 1)
    counts = np.bincount(((planes >> 5) + first).ravel(), minlength=first.size * HISTOGRAM_BINS)
    shares: Float32Array = (counts.reshape(n, 3 * HISTOGRAM_BINS) / pixels).astype(np.float32)
    return shares


def bar_share(levels: Int16Array) -> Float32Array:
    """Return the share of (n, h, w) grey levels that is bars at the top and the bottom, (n,); 0 where none are."""
    shares = np.zeros(len(levels), np.float32)
    even = np.ptp(levels[:, [0, -1]], axis=2) <= FLAT_LINE_LEVELS
    for k in np.flatnonzero(even.all(axis=1)).tolist():
        shares[k] = _bars(levels[k])
    return shares


def _bars(levels: Int16Array) -> float:
    middle = levels.mean(axis=1)
    is_bar = (np.ptp(levels, axis=1) <= FLAT_LINE_LEVELS) & (np.abs(middle - middle[0]) <= SAME_LEVELS)
    if not is_bar[-1] or is_bar.all():
        return 0.0
    top, bottom = int(np.argmin(is_bar)), int(np.argmin(is_bar[::-1]))
    for beyond in (levels[top : top + RINGING_LINES], levels[: len(levels) - bottom][-RINGING_LINES:]):
        if (np.abs(beyond - middle[0]) > BAR_EDGE_LEVELS).mean(axis=1).max() < BAR_EDGE_SHARE:
            return 0.0
    return (top + bottom) / len(levels)


def _flatness(photos: Sequence[Uint8Array]) -> tuple[Float32Array, Float32Array]:
    flat, top_colours = np.zeros(len(photos), np.float32), np.zeros(len(photos), np.float32)
    if photos[0].shape[1] < 2:
        return flat, top_colours
    for k, photo in enumerate(photos):
        colours: Uint32Array = photo.view(np.uint32)[::ROW_STEP, :, 0]
        same = colours[:, 1:] == colours[:, :-1]
        flat[k] = np.count_nonzero(same) / same.size
        if flat[k] >= SUSPECT_FLAT:
            counts = np.sort(np.unique(colours, return_counts=True)[1])
            top_colours[k] = counts[-TOP_COLOURS:].sum() / colours.size
    return flat, top_colours
