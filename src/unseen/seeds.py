"""Derive an independent, reproducible seed for each purpose from one root seed.

Each random draw names its purpose, so that adding an augmentation cannot change the split (DomainBed derives its seeds
in this way). A seed depends only on its names: step 900 of a resumed run draws the same numbers as step 900 of an
undisturbed one.
"""

import hashlib

import numpy as np


def derive(root: int, *names: str | int) -> int:
    """Return a seed in [0, 2**63) that is a fixed function of `root` and `names`."""
    text = "/".join([str(root), *(str(name) for name in names)])
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


def generator(root: int, *names: str | int) -> np.random.Generator:
    """Return a NumPy generator seeded by `derive(root, *names)`."""
    return np.random.default_rng(derive(root, *names))
