"""One decoded photo in; its light, contrast, edge width, noise, colour, bars and flat areas out.

All are measured at the size the photo is kept at (a short side of about 192 px), because that is what a model
sees: a 12-megapixel photo that is a little soft is sharp once reduced.
"""

from typing import NamedTuple

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

# Red against green, yellow against blue.
OPPONENT = np.array([[1, -1, 0], [0.5, 0.5, -1]], np.float32)

Int16Array = npt.NDArray[np.int16]
Uint32Array = npt.NDArray[np.uint32]


class Measures(NamedTuple):
    """What one photo's pixels say. Levels are grey or colour levels, 0-255; shares are 0 to 1.

    brightness: mean grey. dark_level, bright_level: 5th and 95th percentile of grey. contrast: standard deviation
    of grey. edge_width: how far the strongest edges spread, as a share of the short side, in the direction that
    is worse (0.05 is the most that is told apart; NaN below 64 px). noise: standard deviation in levels.
    saturation: mean of (max - min) / max of the channels. colourfulness: Hasler and Suesstrunk 2003, about 0-100.
    chroma: 99th percentile of max - min of the channels, in levels; 0 is greyscale. bar_rows, bar_columns: share
    of the height and width that is uniform bars on opposite sides. flat: share of pixels that equal the one
    beside them exactly. top_colours: share of the eight most frequent colours; 0 where `flat` is small.
    """

    brightness: float
    dark_level: float
    bright_level: float
    contrast: float
    edge_width: float
    noise: float
    saturation: float
    colourfulness: float
    chroma: float
    bar_rows: float
    bar_columns: float
    flat: float
    top_colours: float


def measure_pixels(photo: Uint8Array) -> tuple[Measures, Float32Array]:
    """Return the measures of one (H, W, 3 or 4) uint8 photo and its colours.

    Colours are (24,) float32: the share of each eighth of the scale for red, green and blue, each summing to 1.
    """
    rgba = _four_channels(photo)
    step = max(1, round(min(rgba.shape[:2]) / COARSE_PX))
    # Whole pixels are copied as one number each: thrice as fast as four bytes at a stride.
    coarse = rgba.view(np.uint32)[step // 2 :: step, step // 2 :: step, 0].copy().view(np.uint8)
    coarse = coarse.reshape(len(coarse), -1, 4)  # (h, w, 4)
    grey = coarse.astype(np.float32) @ LUMA  # (h, w)
    mean = float(grey.mean())
    levels = grey.astype(np.uint8)
    dark, bright = _quantiles(levels, 0.05, 0.95)
    planes = np.ascontiguousarray(coarse[::2, ::2, :3].transpose(2, 0, 1))  # (3, h / 2, w / 2)
    saturation, colourfulness, chroma = _colour(planes)
    green = rgba[..., 1].astype(np.int16)  # 59% of grey, and at a tenth of its price
    flat, top_colours = _flatness(rgba)
    measures = Measures(
        mean,
        dark,
        bright,
        float(np.sqrt(np.square(grey - mean).mean())),
        edge_width(green),
        noise(green),
        saturation,
        colourfulness,
        chroma,
        bar_share(levels),
        bar_share(np.ascontiguousarray(levels.T)),
        flat,
        top_colours,
    )
    return measures, _colour_histogram(planes)


def edge_width(grey: Int16Array) -> float:
    """Return about how wide the strongest edges are, as a share of the short side; NaN where the photo is too small.

    An edge of height h that spreads over w pixels changes by h / w from one pixel to the next, on w pixels, and by
    h over a reach S > w, on S pixels. So the steps that one in 1,000 pixels exceeds are set against the steps over
    S that S in 1,000 exceed, which gives w. Contrast cancels, so does the number of edges, and the unit is a share
    of the photo: one threshold serves every set. The usual variance of the Laplacian, even over that of grey, counts
    edges as much as it measures them: at 1% false alarms it found 82% of photos of `rps_freeman` blurred by 1% of
    their side, and its threshold depends on their size. Across and along are apart: a moving hand blurs one of them.
    """
    side: int = min(grey.shape)
    if side < MIN_JUDGED_PX:
        return float("nan")
    reach = max(2, round(side * REACH_SHARE))
    rows = grey[::ROW_STEP]
    steepness = min(
        _steepness(rows[:, 1:] - rows[:, :-1], rows[:, reach:] - rows[:, :-reach], reach),
        _steepness(_row_steps(grey, 1), _row_steps(grey, reach), reach),
    )
    return 1 / side / max(steepness, 1 / reach)


def _row_steps(grey: Int16Array, reach: int) -> Int16Array:
    steps: Int16Array = grey[reach::ROW_STEP] - grey[:-reach:ROW_STEP]
    return steps


def _steepness(near: Int16Array, far: Int16Array, reach: int) -> float:
    (step,), (rise,) = _quantiles(np.abs(near), 1 - EDGE_SHARE), _quantiles(np.abs(far), 1 - EDGE_SHARE * reach)
    return step / (rise + REST_LEVELS)


def noise(grey: Int16Array) -> float:
    """Return the standard deviation of the noise in levels.

    Immerkaer's mask (1996, Fast noise variance estimation) cancels edges and ramps; the median of what is left,
    not its mean, because on the in-the-wild photos the mean takes texture for noise of up to 10 levels.
    """
    rows = min(grey.shape[0], grey.shape[0] // 3 * 3)
    if rows < 3 or grey.shape[1] < 3:
        return float("nan")
    top, middle, bottom = grey[0:rows:3], grey[1:rows:3], grey[2:rows:3]
    second = top + bottom - 2 * middle
    left = second[:, :-2] + second[:, 2:] - 2 * second[:, 1:-1]
    return _quantiles(np.abs(left), 0.5)[0] / (6 * 0.6745)  # the mask has a norm of 6; MAD to deviation


def _quantiles(values: Uint8Array | Int16Array, *shares: float) -> list[float]:
    """Return quantiles of `values` without interpolation: many times faster than np.quantile on small integers."""
    flat = values.ravel()
    places = [round(share * (flat.size - 1)) for share in shares]
    parted = np.partition(flat, places)
    return [float(parted[place]) for place in places]


def _colour(planes: Uint8Array) -> tuple[float, float, float]:
    highest = planes.max(axis=0)
    spread = highest - planes.min(axis=0)  # (h, w)
    saturation = float((spread / np.maximum(highest, 1)).mean(dtype=np.float64))
    opponents = OPPONENT @ planes.reshape(3, -1).astype(np.float32)  # (2, h w)
    mean = opponents.mean(axis=1)
    power = np.einsum("ij,ij->i", opponents, opponents) / opponents.shape[1]
    deviation = float(np.sqrt(np.maximum(power - mean**2, 0).sum()))
    colourfulness = deviation + 0.3 * float(np.sqrt((mean**2).sum()))
    return saturation, colourfulness, _quantiles(spread, 0.99)[0]


def _colour_histogram(planes: Uint8Array) -> Float32Array:
    bins = (planes >> 5).reshape(3, -1) + np.arange(0, 24, HISTOGRAM_BINS, dtype=np.uint8)[:, None]
    counts = np.bincount(bins.ravel(), minlength=3 * HISTOGRAM_BINS)
    shares: Float32Array = (counts / bins.shape[1]).astype(np.float32)
    return shares


def bar_share(levels: Uint8Array) -> float:
    """Return the share of (h, w) grey levels that is bars at the top and the bottom; 0 where there are none."""
    if np.ptp(levels[0]) > FLAT_LINE_LEVELS or np.ptp(levels[-1]) > FLAT_LINE_LEVELS:
        return 0.0
    middle = levels.mean(axis=1)
    is_bar = (np.ptp(levels, axis=1) <= FLAT_LINE_LEVELS) & (np.abs(middle - middle[0]) <= SAME_LEVELS)
    if not is_bar[-1] or is_bar.all():
        return 0.0
    top, bottom = int(np.argmin(is_bar)), int(np.argmin(is_bar[::-1]))
    for beyond in (levels[top : top + RINGING_LINES], levels[: len(levels) - bottom][-RINGING_LINES:]):
        if (np.abs(beyond - middle[0]) > BAR_EDGE_LEVELS).mean(axis=1).max() < BAR_EDGE_SHARE:
            return 0.0
    return (top + bottom) / len(levels)


def _flatness(rgba: Uint8Array) -> tuple[float, float]:
    colours: Uint32Array = rgba.view(np.uint32)[::ROW_STEP, :, 0]
    if colours.shape[1] < 2:
        return 0.0, 0.0
    flat = float(np.mean(colours[:, 1:] == colours[:, :-1]))
    if flat < SUSPECT_FLAT:
        return flat, 0.0
    counts = np.sort(np.unique(colours, return_counts=True)[1])
    return flat, float(counts[-TOP_COLOURS:].sum() / colours.size)


def _four_channels(photo: Uint8Array) -> Uint8Array:
    if photo.shape[2] == 3:
        photo = np.dstack([photo, np.full(photo.shape[:2], 255, np.uint8)])
    return np.ascontiguousarray(photo)
