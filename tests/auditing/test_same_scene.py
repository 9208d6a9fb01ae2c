import numpy as np

from tests.auditing.planted_facts import photo_set
from unseen.auditing.same_scene import SAME_SCENE, same_scene_findings
from unseen.probes.neighbours import Neighbours
from unseen.records import Split


def near_of(pairs: dict[int, int], photos: int, cosine: float) -> Neighbours:
    index, values = np.full((photos, 1), -1, np.int64), np.full((photos, 1), -1, np.float32)
    for a, b in pairs.items():
        index[a, 0], values[a, 0] = b, cosine
    return Neighbours(index, values)


def test_the_same_scene_in_two_groups_is_told_and_within_one_is_known() -> None:
    photos = photo_set(["a"] * 10)
    near = near_of({0: 1, 1: 0, 2: 3, 3: 2}, 10, 0.9)
    groups = ["g", "g", *(f"alone{i}" for i in range(8))]
    (finding,) = same_scene_findings(photos, near, groups)
    assert (finding.kind, set(finding.paths)) == ("same-scene", {"a/x2.jpg", "a/x3.jpg"})
    assert ("a/x2.jpg", "a/x3.jpg") in [row.paths for row in finding.evidence]
    assert same_scene_findings(photos, near, ["g"] * 10) == []


def test_below_the_threshold_nothing_is_told() -> None:
    near = near_of({0: 1, 1: 0}, 10, SAME_SCENE - 0.01)
    assert same_scene_findings(photo_set(["a"] * 10), near, [str(i) for i in range(10)]) == []


def test_a_scene_in_two_parts_is_a_leak_of_the_held_out_photos() -> None:
    near = near_of({0: 9, 9: 0, 1: 8, 8: 1}, 10, 0.95)
    split = Split((*("train",) * 5, *("test",) * 5), tuple("0123456789"))
    leak = same_scene_findings(photo_set(["a"] * 10), near, ["one"] * 10, split)[0]
    assert (leak.kind, set(leak.paths), leak.total) == ("same-scene-leak", {"a/x8.jpg", "a/x9.jpg"}, 5)
    assert leak.severity >= 0.9
