"""Locate the real photos and weights in ../shared, which a clone of the project does not have."""

from pathlib import Path

SHARED = Path(__file__).parents[1].parent / "shared"
DATA = SHARED / "data"
IMAGENET = SHARED / "weights" / "mobilenetv2_100_in1k.safetensors"
