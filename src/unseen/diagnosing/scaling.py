"""Turn prepared pixels into the numbers that a network is given: channel order, scale, layout."""

import numpy as np

from unseen.diagnosing.photo_reading import Order, Reading, Scale
from unseen.diagnosing.resizers import prepare
from unseen.foreign.network import Stored
from unseen.records import Float32Array, Uint8Array

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
CAFFE_MEAN = (123.68, 116.779, 103.939)  # of red, green, blue
LUMA = (0.299, 0.587, 0.114)  # ITU-R 601: Pillow's "L", OpenCV and tf.image

# scale -> (mean, std) in grey levels, of red, green, blue
AFFINE: dict[Scale, tuple[tuple[float, float, float], tuple[float, float, float]]] = {
    "raw": ((0.0,) * 3, (1.0,) * 3),
    "1/255": ((0.0,) * 3, (255.0,) * 3),
    "1/255/255": ((0.0,) * 3, (65025.0,) * 3),
    "1/127.5-1": ((127.5,) * 3, (127.5,) * 3),
    "1/127-1": ((127.0,) * 3, (127.0,) * 3),
    "1/255-0.5": ((127.5,) * 3, (255.0,) * 3),
    "imagenet": (
        (IMAGENET_MEAN[0] * 255, IMAGENET_MEAN[1] * 255, IMAGENET_MEAN[2] * 255),
        (IMAGENET_STD[0] * 255, IMAGENET_STD[1] * 255, IMAGENET_STD[2] * 255),
    ),
    "caffe": (CAFFE_MEAN, (1.0,) * 3),
}  # fmt: skip


def pixels_of(photo: Uint8Array, reading: Reading) -> Uint8Array:
    """Return the pixels (h, w, 3) uint8 RGB of a photo (H, W, 3 or 4) before their order and scale are changed."""
    return prepare(photo[..., :3], reading.height_px, reading.width_px, reading.fit, reading.interpolation)


def numbers(pixels: Uint8Array, scale: Scale, order: Order, channels: int) -> Float32Array:
    """Return (N, h, w, channels) float32 of (N, h, w, 3) uint8 RGB pixels."""
    values = pixels.astype(np.float32)
    if order == "grey":
        grey = np.rint(values @ np.array(LUMA, np.float32))[..., None]
        values = np.repeat(grey, 1 if channels == 1 else 3, axis=-1)
    if scale == "standardise":
        axes = (1, 2, 3)
        deviation = np.maximum(values.std(axis=axes, keepdims=True), 1 / np.sqrt(values[0].size))
        scaled = (values - values.mean(axis=axes, keepdims=True)) / deviation
    else:
        # one channel has the mean of the three, as grey networks are given it
        mean, std = (np.array(row, np.float32) for row in AFFINE[scale])
        if values.shape[-1] == 1:
            mean, std = mean.mean(keepdims=True), std.mean(keepdims=True)
        scaled = (values - mean) / std
    ordered = scaled[..., ::-1] if order == "bgr" else scaled
    return np.ascontiguousarray(ordered, dtype=np.float32)


def network_batch(pixels: Uint8Array, reading: Reading, channels: int) -> Float32Array:
    """Return what the network is given of pixels (N, h, w, 3) uint8 RGB, in its layout."""
    batch = numbers(pixels, reading.scale, reading.order, channels)
    return np.ascontiguousarray(batch.transpose(0, 3, 1, 2)) if reading.layout == "nchw" else batch


def picture_of(batch: Float32Array, right: Reading) -> Uint8Array:
    """Return the pictures (N, h, w, 3) uint8 RGB that a network takes numbers (N, h, w, C) for: `numbers` undone.

    right: how it wants its photos prepared. A picture's own mean is not known any more: it counts as a middle grey.
    """
    values = np.repeat(batch, 3, axis=-1) if batch.shape[-1] == 1 else batch
    values = values[..., ::-1] if right.order == "bgr" else values
    mean, std = (np.array(row, np.float32) for row in AFFINE.get(right.scale, ((127.5,) * 3, (64.0,) * 3)))
    if batch.shape[-1] == 1:
        mean, std = mean.mean(keepdims=True), std.mean(keepdims=True)
    return np.asarray(np.clip(np.rint(values * std + mean), 0, 255), np.uint8)


def as_stored(scale: Scale, stored: Stored | None) -> bool:
    """Say whether a scale gives the levels that a photo has anyway, or none that mean anything."""
    if stored is None:
        return False
    if stored.scale == 1 and stored.zero == 0:
        return True  # the file states nothing: whole levels are all that it can mean
    greys = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)[None, None]
    levels = stored.levels(numbers(greys, scale, "rgb", 3))
    return bool(np.abs(levels - (greys + np.float32(stored.least))).max() <= 1)
