import numpy as np
import numpy.typing as npt

from unseen.records import Int64Array
from unseen.split.alike import alike_links, burst_links
from unseen.split.fingerprint import Fingerprints, fingerprint, normalised

from .scenes import correlation, crop, hand_on_wall, jpeg, pan, photos, resized, scene


def never(a: Int64Array, b: Int64Array) -> npt.NDArray[np.bool_]:
    return np.zeros(len(a), np.bool_)


def pairs(prints: Fingerprints, copies_only: bool = False) -> set[tuple[int, int]]:
    found = set()
    for links in alike_links(prints, never):
        kept = links.copy if copies_only else np.ones_like(links.copy)
        found |= set(zip(links.a[kept].tolist(), links.b[kept].tolist(), strict=True))
    return found


def test_planted_copies_are_found_and_nothing_else() -> None:
    base = [scene(seed) for seed in range(40)]
    altered = [jpeg(base[3]), crop(base[8], 0.01), resized(base[21], 96)]
    assert pairs(fingerprint([*base, *altered]), copies_only=True) == {(3, 40), (8, 41), (21, 42)}
    assert pairs(fingerprint([*base, *altered])) == {(3, 40), (8, 41), (21, 42)}


def test_tiles_meet_every_pair_once() -> None:
    rng = np.random.default_rng(0)
    n = 1300  # three tiles
    thumbs = rng.normal(0, 40, (n, 1024)).astype(np.float32)
    phash = rng.integers(0, 2**63, n, dtype=np.uint64)
    planted = {(5, 700), (600, 1299), (2, 3), (1100, 1200)}
    for a, b in planted:
        thumbs[b], phash[b] = thumbs[a], phash[a]
    prints = Fingerprints(phash, phash, *normalised(thumbs))
    found = [
        pair for links in alike_links(prints, never) for pair in zip(links.a.tolist(), links.b.tolist(), strict=True)
    ]
    assert sorted(found) == sorted(planted)


def test_a_tile_full_of_equal_hashes_finds_the_same_links() -> None:
    rng = np.random.default_rng(1)
    thumbs = rng.normal(0, 40, (200, 1024)).astype(np.float32)
    thumbs[150] = thumbs[7]
    same = np.zeros(200, np.uint64)  # 19,900 candidates: over CROWD
    assert pairs(Fingerprints(same, same, *normalised(thumbs))) == {(7, 150)}


def test_hands_on_one_wall_are_not_copies() -> None:
    places = [(20, 20), (20, 100), (100, 20), (100, 100), (60, 60)]
    prints = fingerprint([hand_on_wall(5, place) for place in places])
    assert correlation(prints, 0, 1) > 0.3  # the wall is shared
    assert pairs(prints) == set()


def test_a_small_hand_that_moved_before_a_loud_wall_is_told_by_its_block() -> None:
    still = scene(6, cells=20)
    moved = still.copy()
    moved[70:90, 70:90, :3] = 255 - moved[70:90, 70:90, :3] // 4
    prints = fingerprint([still, moved, jpeg(still)])
    assert correlation(prints, 0, 1) > 0.95  # correlation alone would link them
    assert pairs(prints) == {(0, 2)}


def test_blank_walls_are_not_linked() -> None:
    ramp = np.linspace(120, 130, 160)[None, :, None] * np.ones((160, 1, 4))
    wall = ramp.astype(np.uint8)
    wall[..., 3] = 255
    assert pairs(fingerprint([wall, wall[::-1].copy()])) == set()


def test_settled_pairs_are_not_looked_at() -> None:
    prints = fingerprint([scene(1), jpeg(scene(1))])
    assert not any(len(links.a) for links in alike_links(prints, lambda a, b: np.ones(len(a), np.bool_)))


def test_neighbours_by_counter_need_less_than_strangers() -> None:
    frames = pan(3, 6, step=5)
    others = [scene(seed) for seed in range(50, 53)]
    prints = fingerprint([*frames, *others])
    counted = photos([f"A/A{100 + 7 * i}.jpg" for i in range(6)] + [f"A/A{900 + i}.jpg" for i in range(3)])
    links = burst_links(counted.photos, prints)
    found = set(zip(links.a.tolist(), links.b.tolist(), strict=True))
    assert {(i, i + 1) for i in range(5)} <= found
    assert all(b < 6 for _, b in found)
    strangers = photos([f"A/{name}.jpg" for name in ("qx", "bw", "zr", "mk", "ty", "ud", "ee", "ff", "gg")])
    assert len(burst_links(strangers.photos, prints).a) == 0


def test_neighbours_in_another_class_are_no_burst() -> None:
    prints = fingerprint(pan(3, 4, step=5))
    found = burst_links(photos(["A/x1.jpg", "B/x2.jpg", "A/x3.jpg", "B/x4.jpg"]).photos, prints)
    assert set(zip(found.a.tolist(), found.b.tolist(), strict=True)) <= {(0, 2), (1, 3)}
