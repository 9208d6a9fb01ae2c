import tracemalloc
from collections.abc import Iterator, Sequence

import numpy as np

from tests.clips.made_clips import blurred, textured
from unseen.clips.choose_frames import choose_frames
from unseen.records import Uint8Array


def chosen(frames: Sequence[Uint8Array], step: float = 0.1, most: int = 24) -> list[int]:
    """Which of `frames`, `step` seconds apart, are chosen."""
    timed = ((i * step, frame) for i, frame in enumerate(frames))
    return [round(frame.seconds / step) for frame in choose_frames(timed, lambda pixels: b"", most)]


def test_the_sharp_frame_of_each_moment_is_chosen() -> None:
    frames = []
    for seed in range(4):  # half a second each: two blurred, a sharp one, two blurred
        sharp = textured(seed)
        frames += [blurred(sharp), blurred(sharp), sharp, blurred(sharp), blurred(sharp)]
    assert chosen(frames) == [2, 7, 12, 17]


def test_what_stands_still_or_comes_back_is_shown_once() -> None:
    rng = np.random.default_rng(0)
    a, b = textured(0), textured(1)
    noisy = [
        np.clip(one + rng.normal(0, 2, one.shape), 0, 255).astype(np.uint8) for one in [a] * 20 + [b] * 20 + [a] * 20
    ]
    picked = chosen(noisy)
    assert len(picked) == 2
    assert picked[0] < 20 <= picked[1] < 40


def test_a_sharp_frame_is_not_kept_out_by_blurred_ones_before_it() -> None:
    slowly_sharper = [blurred(textured(0))] * 6 + [textured(0)] * 6  # over half a second, so that slots do not help
    (picked,) = chosen(slowly_sharper)
    assert picked >= 6


def test_black_and_faded_frames_are_left_out() -> None:
    black = np.zeros_like(textured(0))
    faded = (textured(9) * 0.1).astype(np.uint8)
    assert chosen([black, faded, *map(textured, range(6)), black], step=1) == [2, 3, 4, 5, 6, 7]
    assert len(chosen([black] * 5)) == 1  # a photo that is poor is for the audit to say


def test_a_long_clip_gives_no_more_frames_and_takes_no_more_memory() -> None:
    def clip(seconds: int) -> Iterator[tuple[float, Uint8Array]]:
        for i in range(seconds * 2):
            yield i / 2, textured(i)

    def encode(pixels: Uint8Array) -> bytes:
        return bytes(100_000)

    tracemalloc.start()
    frames = choose_frames(clip(600), encode, most=8)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(frames) == 8
    assert max(np.diff([frame.seconds for frame in frames])) < 2 * 600 / 8
    assert peak < 3 * 8 * 100_000 + 1_000_000


def test_no_frames_give_none() -> None:
    assert chosen([]) == []
