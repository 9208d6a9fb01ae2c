"""Ask a network about photos prepared in one way, and keep what it said."""

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field

import numpy as np

from unseen.diagnosing.photo_reading import Order, Reading
from unseen.diagnosing.scaling import network_batch, pixels_of
from unseen.errors import UnseenError
from unseen.foreign.network import LAYOUTS, ForeignNetwork, answer_kind, log_probabilities
from unseen.records import Float32Array, Float64Array, Images, Int64Array, Uint8Array

# Inputs that networks are usually made for, where the file takes any.
SIDES = (224, 128, 96, 64, 160, 100, 150, 48, 32, 192, 200, 256, 299)
# Those that are tried once the nearest of the usual ones is known.
LESS_USUAL = (24, 28, 36, 40, 56, 72, 80, 112, 120, 144, 176, 180, 208, 240, 280, 320, 331)
BATCH = 32
KEPT_BYTES = 400 * 2**20  # of prepared pixels, shared by the readings that differ in scale or order alone


@dataclass(slots=True)
class Trials:
    """What a network says of `images`, by reading and photo; nothing is asked twice."""

    network: ForeignNetwork
    images: Images
    _pixels: OrderedDict[tuple[object, ...], Uint8Array] = field(default_factory=OrderedDict)
    _said: dict[tuple[str, ...], Float32Array] = field(default_factory=dict)
    _digests: dict[tuple[object, ...], str] = field(default_factory=dict)
    asked: int = 0

    def logs(self, reading: Reading, positions: Int64Array) -> Float64Array:
        """Return log probabilities (n, C) of the photos at `positions`, prepared as `reading` says."""
        rows = self.outputs(reading, positions)
        return log_probabilities(rows, answer_kind(rows))

    def outputs(self, reading: Reading, positions: Int64Array) -> Float32Array:
        """Return what the network itself gives of them, (n, C) or (n, 1)."""
        keys = [self._key(int(i), reading) for i in positions]
        # one photo for each question that is new: a square photo is squashed and cropped to the same pixels
        missing = {key: int(i) for key, i in zip(keys, positions, strict=True) if key not in self._said}
        asked = list(missing.items())
        for start in range(0, len(asked), BATCH):
            chunk = asked[start : start + BATCH]
            pixels = np.stack([self._prepared(position, reading) for _, position in chunk])
            for (key, _), row in zip(chunk, ask(self.network, pixels, reading), strict=True):
                self._said[key] = row
            self.asked += len(chunk)
        return np.stack([self._said[key] for key in keys])

    def _key(self, position: int, reading: Reading) -> tuple[str, ...]:
        """Return what the network is given, by content."""
        place = (position, reading.height_px, reading.width_px, reading.fit, reading.interpolation)
        if place not in self._digests:
            self._digests[place] = hashlib.blake2b(
                self._prepared(position, reading).tobytes(), digest_size=16
            ).hexdigest()
        return self._digests[place], reading.side, reading.scale, reading.order, reading.layout

    def _prepared(self, position: int, reading: Reading) -> Uint8Array:
        key = (position, reading.height_px, reading.width_px, reading.fit, reading.interpolation)
        if key not in self._pixels:
            self._pixels[key] = np.ascontiguousarray(pixels_of(self.images[position], reading))
            while len(self._pixels) * self._pixels[key].nbytes > KEPT_BYTES:
                self._pixels.popitem(last=False)
        return self._pixels[key]


def ask(network: ForeignNetwork, pixels: Uint8Array, reading: Reading) -> Float32Array:
    """Return the raw outputs (N, C) of pixels (N, h, w, 3) uint8 RGB; what is not a number counts as no answer."""
    batch = network_batch(pixels, reading, network.input.channels)
    if network.input.stored and reading.scale == "raw":
        batch = network.input.stored.meant_by_levels(batch)
    size = network.input.batch or len(batch)
    answers = []
    for start in range(0, len(batch), size):
        part = batch[start : start + size]
        short = size - len(part)
        padded = np.concatenate([part, np.repeat(part[-1:], short, axis=0)]) if short else part
        answers.append(network.run(padded)[: len(part)])
    found = np.concatenate(answers)
    if found.ndim != 2 or len(found) != len(pixels):
        raise UnseenError(
            f"{network.path} gives {found.shape} for {len(pixels)} photos: a classifier gives one row each"
        )
    return np.asarray(np.nan_to_num(found, nan=0.0, posinf=1e4, neginf=-1e4), np.float32)


def outputs_of(network: ForeignNetwork) -> int:
    """Return how many classes a network tells apart, by its answer to a black photo; 0 where no usual size fits."""
    spec = network.input
    order: Order = "grey" if spec.channels == 1 else "rgb"
    for side in SIDES if not (spec.height_px and spec.width_px) else (0,):
        for layout in (spec.layout,) if spec.layout else LAYOUTS:
            reading = Reading(spec.height_px or side, spec.width_px or side, order=order, layout=layout)
            try:
                black = np.zeros((1, reading.height_px, reading.width_px, 3), np.uint8)
                return max(2, int(ask(network, black, reading).shape[1]))
            except UnseenError:
                raise
            except Exception:  # each runtime has its own for a shape that it does not take
                continue
    return 0
