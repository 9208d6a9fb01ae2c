"""The map peaks where a planted patch tells the class, and not where weights were drawn by chance."""

from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from unseen.explanation.activation_map import HeadLayers, looked_at, read_head
from unseen.export.bundle import WEIGHTS

RNG = np.random.default_rng(0)
CHANNELS, CELLS, POSE = 12, 6, 4
PATCH_CHANNEL = 5


def photos(count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return maps (N, K, h, w), classes (N,) told by a patch in one channel, and where it lies (N, 2)."""
    maps = RNG.uniform(0, 0.3, (count, CHANNELS, CELLS, CELLS)).astype(np.float32)
    labels, places = RNG.integers(0, 2, count), RNG.integers(0, CELLS, (count, 2))
    for one, label, (row, column) in zip(maps, labels, places, strict=True):
        one[PATCH_CHANNEL, row, column] += 6 * label
    return maps, labels, places


def fitted() -> HeadLayers:
    """Fit a linear head on the means of the maps and on pose features that tell nothing."""
    maps, labels, _ = photos(200)
    features = np.concatenate([maps.mean(axis=(2, 3)), RNG.normal(0, 1, (200, POSE))], axis=1).astype(np.float32)
    mean, std = features.mean(axis=0), features.std(axis=0)
    x = (features - mean) / std
    weights = np.linalg.solve(x.T @ x + 10 * np.eye(x.shape[1]), x.T @ (2 * labels - 1)).astype(np.float32)
    return HeadLayers(mean, std, 3.0, ((np.stack([-weights, weights]), np.zeros(2, np.float32)),))


def peaks(head: HeadLayers) -> float:
    """Return the share of photos with a patch at whose place the map is highest."""
    maps, labels, places = photos(60)
    hits = []
    for one, label, place in zip(maps, labels, places, strict=True):
        if label:
            features = np.concatenate([one.mean(axis=(1, 2)), np.zeros(POSE)]).astype(np.float32)
            at = looked_at(head, features, one, 1).at
            hits.append(np.unravel_index(at.argmax(), at.shape) == tuple(place))
    return float(np.mean(hits))


def test_it_peaks_at_the_patch_that_tells_the_class() -> None:
    assert peaks(fitted()) > 0.95


def test_weights_drawn_by_chance_do_not_find_the_patch() -> None:
    head = fitted()
    found = []
    for seed in range(20):
        drawn = np.random.default_rng(seed).permutation(head.layers[0][0][1])
        found.append(
            peaks(HeadLayers(head.mean, head.std, 3.0, ((np.stack([-drawn, drawn]), np.zeros(2, np.float32)),)))
        )
    assert np.mean(found) < 0.6


def test_what_the_pose_decides_is_the_poses() -> None:
    head = fitted()
    weights = np.zeros((2, CHANNELS + POSE), np.float32)
    weights[1, -1] = 1
    by_pose = HeadLayers(head.mean, head.std, 3.0, ((weights, np.zeros(2, np.float32)),))
    features = head.mean + head.std
    assert looked_at(by_pose, features, photos(1)[0][0], 1).pose_share == 1
    weights[1, -1], weights[1, 0] = 0, 1
    assert looked_at(by_pose, features, photos(1)[0][0], 1).pose_share == 0


def test_slopes_pass_hidden_layers_as_differences_do(tmp_path: Path) -> None:
    layers = [(RNG.normal(0, 1, shape), RNG.normal(0, 1, shape[0])) for shape in ((7, 5), (3, 7))]
    arrays = {"head.0.mean": np.zeros(5), "head.0.std": np.ones(5), "head.0.farthest": np.array(3.0)}
    for i, (weight, bias) in zip((2, 5), layers, strict=True):
        arrays |= {f"head.{i}.weight": weight, f"head.{i}.bias": bias}
    save_file({name: np.asarray(value, np.float32) for name, value in arrays.items()}, tmp_path / WEIGHTS)
    head = read_head(tmp_path)
    assert head is not None

    def above(x: np.ndarray) -> float:
        logits = layers[1][0] @ np.maximum(layers[0][0] @ x + layers[0][1], 0) + layers[1][1]
        return float(logits[2] - logits[:2].mean())

    x = RNG.normal(0, 0.5, 5)
    differences = [(above(x + step) - above(x - step)) / 2e-5 for step in 1e-5 * np.eye(5)]
    np.testing.assert_allclose(head.slopes(x.astype(np.float32), 2), np.array(differences), rtol=1e-3, atol=1e-4)


def test_a_bundle_without_weights_has_no_head(tmp_path: Path) -> None:
    assert read_head(tmp_path) is None


def test_empty_edges_do_not_speak_for_a_class_that_is_told_by_what_is_missing() -> None:
    weights = np.zeros((2, CHANNELS), np.float32)
    weights[1, 0], weights[1, 1] = -1, 0.1  # the answer: little of channel 0, some of channel 1
    head = HeadLayers(np.full(CHANNELS, 0.5, np.float32), np.ones(CHANNELS, np.float32), 3.0,
                      ((weights, np.zeros(2, np.float32)),))  # fmt: skip
    maps = np.zeros((CHANNELS, CELLS, CELLS), np.float32)
    maps[0, 2:4, 2:4], maps[1, 3, 1] = 0.4, 0.9
    at = looked_at(head, maps.mean(axis=(1, 2)), maps, 1).at
    assert np.argwhere(at).tolist() == [[3, 1]]
