from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from unseen.errors import UnseenError
from unseen.generating import gan_run
from unseen.generating.gan import Gan, GanOptions
from unseen.generating.gan_network import GanShape
from unseen.generating.gan_photos import GanPhotos
from unseen.generating.gan_run import train_gan
from unseen.progress import PrintProgress, Silent
from unseen.runtime import Runtime

SIDE = 16
CPU = Runtime(torch.device("cpu"), bf16=False)


def planted(photos: int = 24) -> GanPhotos:
    """Class 0 is red on the left, class 1 blue on the right; photos differ in brightness."""
    rng = np.random.default_rng(0)
    labels = np.arange(photos) % 2
    pixels = np.full((photos, 3, SIDE, SIDE), 40, np.uint8)
    light = rng.integers(160, 250, photos)
    pixels[labels == 0, 0, :, : SIDE // 2] = light[labels == 0, None, None]
    pixels[labels == 1, 2, :, SIDE // 2 :] = light[labels == 1, None, None]
    return GanPhotos(pixels, labels, np.zeros(2, np.bool_))


def small_gan(steps: int, batch_size: int = 4) -> Gan:
    return Gan(GanShape(2, SIDE, width=4), GanOptions(steps, batch_size), CPU)


def stops_at(step: int) -> Callable[[], float]:
    calls = iter(range(10_000))
    return lambda: 1e6 if next(calls) <= step else -1.0


def test_a_resumed_training_ends_as_an_undisturbed_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gan_run, "MEASURED_STEPS", 2)
    photos, whole, first, second = planted(), small_gan(7), small_gan(7), small_gan(7)
    train_gan(whole, photos, tmp_path / "whole", lambda: 1e6, Silent())
    interrupted = train_gan(first, photos, tmp_path / "parts", stops_at(2), Silent())
    assert 3 < interrupted.steps < 7
    lines: list[str] = []
    done = train_gan(second, photos, tmp_path / "parts", lambda: 1e6, PrintProgress(lines.append))
    assert done.steps == 7
    assert "goes on" in lines[0]
    for name, value in whole.average.state_dict().items():
        assert torch.equal(value, second.average.state_dict()[name]), name
    labels = np.array([0, 1, 1])
    assert np.array_equal(whole.sample(labels, 3), second.sample(labels, 3))


def test_how_long_it_takes_is_said_before_and_bounded_by_the_time(tmp_path: Path) -> None:
    lines: list[str] = []
    plan = train_gan(small_gan(10**9), planted(), tmp_path, lambda: 0.0, PrintProgress(lines.append))
    assert plan.steps == 9  # those that were timed
    assert "a second" in lines[0]
    assert "need --time-limit" in lines[0]


def test_each_class_is_learnt_as_its_own(tmp_path: Path) -> None:
    gan = small_gan(60, batch_size=8)
    train_gan(gan, planted(), tmp_path, lambda: 1e6, Silent())
    made = gan.sample(np.repeat([0, 1], 16), 0).astype(float)
    red_left = made[:, :, : SIDE // 2, 0].mean(axis=(1, 2)) - made[:, :, SIDE // 2 :, 0].mean(axis=(1, 2))
    blue_right = made[:, :, SIDE // 2 :, 2].mean(axis=(1, 2)) - made[:, :, : SIDE // 2, 2].mean(axis=(1, 2))
    assert (red_left - blue_right)[:16].mean() > (red_left - blue_right)[16:].mean() + 60
    assert made[:16].std(axis=0).mean() > 6  # and no two are the same: styles that learn fast come to 1


def test_classes_are_drawn_equally_often_and_only_those_that_may_be_are_flipped() -> None:
    few = np.array([*range(0, 20, 2), 1])  # ten of class 0, one of class 1
    scarce = GanPhotos(planted(20).pixels[few], few % 2, np.array([False, True]))
    pixels, labels = scarce.batch(GanOptions(1, batch_size=64), 0)
    assert labels.bincount().tolist() == [32, 32]
    edges = (pixels[:, 0, 0, 0] - pixels[:, 0, 0, -1])[labels == 0]
    assert (edges > 0).all()  # class 0 keeps its red left side


def test_losses_that_are_no_numbers_end_it(tmp_path: Path) -> None:
    gan = small_gan(20)
    with torch.no_grad():
        gan.generator.start.weight.fill_(torch.nan)
    with pytest.raises(UnseenError, match="another --seed"):
        train_gan(gan, planted(), tmp_path, lambda: 1e6, Silent())
