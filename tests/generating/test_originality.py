import numpy as np
import pytest

from unseen.generating.originality import Verdict, originality, without_light, worst
from unseen.probes.thumbnails import thumbnails
from unseen.records import Float32Array, Uint8Array

SIDE = 32


def photos(count: int, seed: int) -> Uint8Array:
    """Bars at any angle in any colour before a smooth ground: a family from which new photos can be drawn."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:SIDE, 0:SIDE] / SIDE - 0.5
    drawn = np.empty((count, SIDE, SIDE, 3), np.uint8)
    for photo in drawn:
        angle, offset, slope = rng.uniform(0, np.pi), rng.uniform(-0.3, 0.3), rng.uniform(-80, 80)
        bar = np.abs(rows * np.cos(angle) + columns * np.sin(angle) - offset) < rng.uniform(0.05, 0.2)
        ground = (120 + slope * columns + rng.uniform(-80, 80) * rows)[..., None]
        photo[:] = np.clip(np.where(bar[..., None], rng.uniform(0, 255, 3), ground), 0, 255)
    return drawn


def described(pixels: Uint8Array) -> Float32Array:
    return without_light(thumbnails(pixels))


def near_copies(of: Uint8Array, seed: int) -> Uint8Array:
    """Moved by up to a pixel, another brightness, noise."""
    rng = np.random.default_rng(seed)
    chosen = of[rng.integers(len(of), size=100)].astype(float)
    moved = np.stack([np.roll(one, rng.integers(-1, 2, 2), (0, 1)) for one in chosen])
    changed = moved * rng.uniform(0.8, 1.1, (100, 1, 1, 1)) + rng.normal(0, 4, moved.shape)
    copies: Uint8Array = changed.clip(0, 255).astype(np.uint8)
    return copies


TRAINING = photos(20, seed=1)
HELD_OUT = described(photos(60, seed=2))
GROUPS = [f"person {i % 20}" for i in range(60)]


@pytest.mark.parametrize("seed", range(3))
def test_copies_and_near_copies_are_caught(seed: int) -> None:
    copies = near_copies(TRAINING, seed)
    found, nearest = originality("pixels", described(copies), described(TRAINING), HELD_OUT, GROUPS)
    assert found.verdict is Verdict.COPIES
    assert found.samples < found.held_out / 2
    assert found.low > 0.9
    assert (np.bincount(nearest, minlength=20) > 0).all()


@pytest.mark.parametrize("seed", range(3))
def test_new_photos_of_the_same_kind_are_not(seed: int) -> None:
    found, _ = originality("pixels", described(photos(100, seed=10 + seed)), described(TRAINING), HELD_OUT, GROUPS)
    assert found.verdict is Verdict.NEW
    assert found.low < 0.5 < found.nearer + 0.1


def test_some_copies_among_new_photos_are_close_and_the_worst_verdict_counts() -> None:
    mixed = np.concatenate([near_copies(TRAINING, 5)[:40], photos(60, seed=20)])
    some, _ = originality("pixels", described(mixed), described(TRAINING), HELD_OUT, GROUPS)
    new, _ = originality("features", described(photos(60, seed=21)), described(TRAINING), HELD_OUT, GROUPS)
    assert some.verdict is Verdict.CLOSE
    assert worst([new, some]) is Verdict.CLOSE


def test_new_photos_pass_and_copies_do_not_whatever_the_draw() -> None:
    """Five in a hundred sets of new photos may be called close, and none a copy."""
    drawn = [
        originality("pixels", described(photos(30, 100 + i)), described(TRAINING), HELD_OUT, GROUPS) for i in range(40)
    ]
    verdicts = [found.verdict for found, _ in drawn]
    assert verdicts.count(Verdict.NEW) >= 36
    assert Verdict.COPIES not in verdicts


def test_few_samples_and_few_groups_leave_more_to_chance() -> None:
    mixed = described(np.concatenate([near_copies(TRAINING, 5)[:40], photos(60, seed=20)]))
    base = described(TRAINING)
    all_of, _ = originality("pixels", mixed, base, HELD_OUT, GROUPS)
    few, _ = originality("pixels", mixed[36:44], base, HELD_OUT, GROUPS)
    together, _ = originality("pixels", mixed, base, HELD_OUT, [f"person {i % 3}" for i in range(60)])
    alone, _ = originality("pixels", mixed, base, HELD_OUT, ["one"] * 60)
    assert few.low < all_of.low
    assert together.low < all_of.low
    assert alone.low == pytest.approx(all_of.low, abs=0.05)  # one group says nothing of how groups differ


def test_nothing_is_said_where_few_photos_are_held_out() -> None:
    few, _ = originality("pixels", described(TRAINING), described(TRAINING), HELD_OUT[:5], GROUPS[:5])
    assert few.verdict is Verdict.UNKNOWN
