"""The networks of `bench.foreign`: whatever they are made to want, each format gives the same answers."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from bench.foreign_files import LAYOUTS, WRITERS
from bench.foreign_networks import FAMILIES, scaling_itself, shuffled, untrained, wanting
from bench.foreign_variants import drawn, variants
from bench.tflite_graph import write_tflite
from unseen.diagnosing.photo_reading import Reading
from unseen.diagnosing.scaling import network_batch
from unseen.foreign.network import Stored
from unseen.foreign.open_model import open_model

PIXELS = np.random.default_rng(0).integers(0, 256, (2, 24, 24, 3)).astype(np.uint8)
TRAINED = Reading(24, 24, "imagenet", "rgb", "nchw")


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(("kind", "inside"), [("keras", False), ("h5", True), ("tflite", False), ("tflite", True)])
@pytest.mark.filterwarnings("ignore")  # Keras warns of its own older format
def test_a_file_answers_as_the_network_that_was_trained(family: str, kind: str, inside: bool, tmp_path: Path) -> None:
    network = untrained(family, ("a", "b", "c"), TRAINED, 3, 0)
    with torch.inference_mode():
        expected = network.module(torch.from_numpy(network_batch(PIXELS, TRAINED, 3))).numpy()
    other = wanting(network, replace(TRAINED, scale="caffe", order="bgr", layout=LAYOUTS[kind]))  # type: ignore[arg-type]
    other = shuffled(scaling_itself(other) if inside else other, (2, 0, 1))
    assert other.reading.scale == ("raw" if inside else "caffe")
    path = tmp_path / f"model.{kind}"
    WRITERS[kind](other, path, softmax=False)
    opened = open_model(path)
    batch = network_batch(PIXELS, other.reading, 3)
    found = np.concatenate([opened.run(batch[i : i + 1]) for i in range(len(batch))])
    np.testing.assert_allclose(found, expected[:, (2, 0, 1)], atol=1e-5)


def test_levels_stored_as_uint8_are_read_by_their_own_scale(tmp_path: Path) -> None:
    network = untrained("cnn", ("a", "b"), replace(TRAINED, scale="1/255", layout="nhwc"), 3, 0)
    for levels in (False, True):
        write_tflite(network, tmp_path / f"{levels}.tflite", softmax=True, levels=levels)
    plain, stored = (open_model(tmp_path / f"{levels}.tflite") for levels in (False, True))
    assert stored.input.stored == Stored("uint8", float(np.float32(1 / 255)), 0)
    batch = network_batch(PIXELS[:1], network.reading, 3)
    np.testing.assert_allclose(stored.run(batch), plain.run(batch), atol=1e-6)
    assert plain.input.layout == "nhwc"
    assert plain.input.batch == 1


def test_a_draw_has_each_value_before_any_comes_again() -> None:
    made = drawn(24, 5)
    assert len({one.name for one in made}) == 24
    for part, many in (("fit", 6), ("interpolation", 8), ("side_px", 7), ("photos", 8)):
        assert len({getattr(one.base, part) for one in made[:many]}) == many
    assert {one.format for one in made[:7]} == {*WRITERS, "int8"}
    assert len({one.scale for one in made[:8]}) == 8
    assert made == drawn(24, 5) != drawn(24, 6)


def test_every_part_is_varied() -> None:
    made = [one for one in variants(66) if one.trained]
    assert len(set(made)) == len(made) == 66
    assert {one.format for one in made} == set(WRITERS)
    assert len({one.scale for one in made}) == 8
    assert {one.order for one in made} == {"rgb", "bgr", "grey"}
    assert len({(one.base.fit, one.base.interpolation) for one in made}) > 8
