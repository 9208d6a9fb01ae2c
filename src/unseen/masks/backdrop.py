"""Measure how far each pixel of a photo is from the backdrop behind its foreground, shadows allowed.

Colours are CIELAB with 16 added to L: light that grows by a factor k multiplies all three by the cube root of k
(CIE 15, above 0.9% of white), so a shadow on the backdrop lies on the line from its colour to the origin.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from unseen.records import Float32Array, Uint8Array

# How dark a shadow may be, as the factor on (L + 16, a, b). Felt and skin differ in hue, so a deep shadow on felt is
# still felt; on a grey wall a deep shadow may just as well be a grey sleeve.
DEEPEST_SHADOW_COLOURED = 0.3
DEEPEST_SHADOW_GREY = 0.72
COLOURED_FROM, COLOURED_TO = 12.0, 35.0  # chroma between the two
BRIGHTEST = 1.12
MIN_NOISE = 1.3  # Lab units; what JPEG leaves of a wall of one colour

DOT = "...c,...c->..."  # scalar product over the last axis


@dataclass(frozen=True, slots=True)
class Backdrop:
    """What is behind the foreground.

    layers: one or more (H, W, 3) float32 of (L + 16, a, b), each a colour that the backdrop may have there.
    noises: typical distance of backdrop pixels from each layer, Lab units.
    support: share of the pixels that were expected to be backdrop and are, 0 to 1.
    """

    layers: tuple[Float32Array, ...]
    noises: tuple[float, ...]
    support: float

    @property
    def noise(self) -> float:
        """The largest of the noises."""
        return max(self.noises)

    @property
    def chroma(self) -> float:
        """How colourful the main layer is, Lab units: 0 is grey, green felt 45."""
        return float(np.linalg.norm(np.median(self.layers[0][::8, ::8, 1:].reshape(-1, 2), axis=0)))

    def main(self) -> "Backdrop":
        """Return only the layer that most of the edge shows."""
        return Backdrop(self.layers[:1], self.noises[:1], self.support)


def to_lab(rgb: Uint8Array) -> Float32Array:
    """Return (H, W, 3) float32 of (L + 16, a, b) of (H, W, 3) uint8 sRGB."""
    lab = np.asarray(cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)
    lab[..., 0] += 16
    return lab


def layer_distance(lab: Float32Array, layer: Float32Array) -> tuple[Float32Array, Float32Array]:
    """Return how far `lab` (..., 3) is from `layer` in the light that suits it best, in Lab units, and that light.

    Both (...) float32; the light is the factor on `layer`, 1 where it is as bright as the backdrop.
    """
    chroma = cv2.magnitude(*(np.ascontiguousarray(layer[..., i]) for i in (1, 2)))
    share = np.clip((chroma - COLOURED_FROM) / (COLOURED_TO - COLOURED_FROM), 0, 1)
    deepest = DEEPEST_SHADOW_GREY + share * (DEEPEST_SHADOW_COLOURED - DEEPEST_SHADOW_GREY)
    # einsum: a sum over a last axis of 3 by np.sum takes ten times as long
    product, square = np.einsum(DOT, lab, layer), np.einsum(DOT, layer, layer)
    light = np.clip(product / np.maximum(square, 1), deepest, BRIGHTEST)
    off = lab - light[..., None] * layer
    return np.sqrt(np.einsum(DOT, off, off)), light


def backdrop_distance(lab: Float32Array, backdrop: Backdrop) -> tuple[Float32Array, Float32Array]:
    """Return the distance to the nearest layer and its light, as `layer_distance` does."""
    nearest, light = layer_distance(lab, backdrop.layers[0])
    for layer in backdrop.layers[1:]:
        distance, layer_light = layer_distance(lab, layer)
        light = np.where(distance < nearest, layer_light, light)
        nearest = np.minimum(nearest, distance)
    return nearest, light
