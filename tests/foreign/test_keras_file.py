"""Keras files of both generations give the answers that were planted; code in them is never run."""

import json
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from tests.foreign.keras2_files import layer, teachable_machine, write_h5
from tests.foreign.made_models import centroids
from unseen.diagnosing.photo_reading import Reading
from unseen.errors import UnseenError
from unseen.foreign.keras_file import keras as import_keras
from unseen.foreign.open_model import open_model
from unseen.records import Float32Array

MEANS = centroids(Reading(16, 16, "1/127.5-1"))


def flat(means: Float32Array) -> Float32Array:
    """One even picture of each mean."""
    return np.broadcast_to(means[:, None, None], (len(means), 16, 16, 3)).astype(np.float32)


def test_teachable_machines_layout_of_keras_2_opens(tmp_path: Path) -> None:
    (tmp_path / "labels.txt").write_text("0 Green\n1 Orange\n2 Violet\n")
    network = open_model(teachable_machine(tmp_path / "keras_model.h5", MEANS, 20.0))
    assert (network.input.height_px, network.input.width_px, network.input.layout) == (16, 16, "nhwc")
    assert network.classes == ("Green", "Orange", "Violet")
    expected = -20.0 * np.square(MEANS[:, None] - MEANS[None]).sum(axis=-1)
    expected = np.exp(expected - expected.max(axis=1, keepdims=True))
    assert np.allclose(network.run(flat(MEANS)), expected / expected.sum(axis=1, keepdims=True), atol=1e-4)


def test_the_zip_that_teachable_machine_exports_opens(tmp_path: Path) -> None:
    teachable_machine(tmp_path / "keras_model.h5", MEANS, 20.0)
    with zipfile.ZipFile(tmp_path / "converted_keras.zip", "w") as packed:
        packed.write(tmp_path / "keras_model.h5", "keras_model.h5")
        packed.writestr("labels.txt", "0 a\n1 b\n2 c\n")
    network = open_model(tmp_path / "converted_keras.zip")
    assert network.classes == ("a", "b", "c")
    assert network.run(flat(MEANS)).argmax(axis=1).tolist() == [0, 1, 2]


# Keras 3.15 saves arrays in a way that NumPy 2 warns of
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_keras_3_files_give_the_answers_of_the_model_they_were_saved_from(tmp_path: Path) -> None:
    keras = import_keras()
    keras.utils.set_random_seed(1)
    inner = keras.Sequential(
        [keras.Input((16, 16, 3)), keras.layers.SeparableConv2D(4, 3), keras.layers.ReLU(6.0), keras.layers.Flatten()]
    )
    model = keras.Sequential(
        [
            keras.Input((16, 16, 3)),
            keras.layers.Rescaling(1 / 255),
            keras.layers.RandomFlip(),
            inner,
            keras.layers.Dense(3),
        ]
    )
    photos = np.random.default_rng(0).integers(0, 256, (4, 16, 16, 3)).astype(np.float32)
    expected = model(photos, training=False).detach().cpu().numpy()
    assert np.ptp(expected) > 0.05
    model.save(tmp_path / "model.keras")
    model.save(tmp_path / "model.h5")
    for name in ("model.keras", "model.h5"):
        network = open_model(tmp_path / name)
        assert np.allclose(network.run(photos), expected, atol=1e-5), name
        assert network.inside == ("multiplies by 0.00392156862745098",)


# Keras 3.15 saves arrays in a way that NumPy 2 warns of
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_steps_of_arithmetic_and_a_normalisation_open(tmp_path: Path) -> None:
    """What EfficientNetB0 and MobileNetV3 are built of: a Normalization that has counted, `relu6(x + 3) * (1 / 6)`."""
    keras = import_keras()
    keras.utils.set_random_seed(1)
    photos = np.random.default_rng(0).normal(0, 3, (4, 8, 8, 3)).astype(np.float32)
    given = keras.Input((8, 8, 3))
    normal = keras.layers.Normalization()
    normal.adapt(photos)
    inside = normal(given)
    hard = keras.layers.ReLU(6.0)(inside + 3.0) * (1.0 / 6.0)
    gated = keras.layers.Multiply()([inside, hard])
    model = keras.Model(given, keras.layers.Dense(3)(keras.layers.GlobalAveragePooling2D()((gated - 0.5) / 2.0)))
    expected = model(photos, training=False).detach().cpu().numpy()
    for name in ("model.keras", "model.h5"):
        model.save(tmp_path / name)
        assert np.allclose(open_model(tmp_path / name).run(photos), expected, atol=1e-5), name


def sequential(*layers: dict[str, Any]) -> dict[str, Any]:
    return {"class_name": "Sequential", "config": {"name": "s", "layers": list(layers)}}


def lambda_step(function: str, before: str, y: float) -> dict[str, Any]:
    name = f"tf.math.{function}"
    config = {"name": name, "trainable": True, "dtype": "float32", "function": f"math.{function}"}
    inbound = [[before, 0, 0, {"y": y, "name": None}]]
    return {"class_name": "TFOpLambda", "name": name, "config": config, "inbound_nodes": inbound}


def test_preprocess_input_inside_a_keras_2_model_is_arithmetic(tmp_path: Path) -> None:
    """What `x / 127.5 - 1` becomes in the file of a functional model."""
    step = lambda_step("truediv", "input_1", 127.5)
    minus = lambda_step("subtract", "tf.math.truediv", 1.0)
    config = {"class_name": "Functional", "config": {"name": "model", "layers": [
        layer("InputLayer", "input_1", batch_input_shape=[None, 16, 16, 3]) | {"name": "input_1", "inbound_nodes": []},
        step, minus,
        layer("GlobalAveragePooling2D", "pool") | {"name": "pool", "inbound_nodes": [[["tf.math.subtract", 0, 0, {}]]]},
    ], "input_layers": [["input_1", 0, 0]], "output_layers": [["pool", 0, 0]]}}  # fmt: skip
    network = open_model(write_h5(tmp_path / "m.h5", config, {}))
    assert np.allclose(network.run(np.full((1, 16, 16, 3), 255, np.float32)), 1.0, atol=1e-5)


def sign_mnist(root: Path, *, old: bool, apart: bool) -> Path:
    """Write what notebooks on Sign MNIST save: 28 x 28 grey pictures without a channel, flattened first.

    old: a Sequential is a list, as Keras wrote it before 2.2. apart: `model.to_json()` beside weights alone.
    """
    kernel = np.eye(28 * 28, 3, dtype=np.float32)
    stored = {"dense": [("dense/kernel:0", kernel), ("dense/bias:0", np.arange(3, dtype=np.float32))]}
    config = sequential(
        layer("Flatten", "flat", batch_input_shape=[None, 28, 28], data_format="channels_last"),
        layer("Dense", "dense", units=3, activation="linear"),
    )
    if old:
        config["config"] = config["config"]["layers"]
    path = write_h5(root / "model.h5", config, stored)
    if apart:
        with h5py.File(path, "a") as file:
            written = file.attrs["model_config"]
            del file.attrs["model_config"]
        (root / "model.json").write_bytes(bytes(written))
    return path


@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize("apart", [False, True])
def test_grey_pictures_without_a_channel_in_a_file_of_any_age(old: bool, apart: bool, tmp_path: Path) -> None:
    network = open_model(sign_mnist(tmp_path, old=old, apart=apart))
    spec = network.input
    assert (spec.channels, spec.height_px, spec.width_px, spec.layout, spec.rank) == (1, 28, 28, "nhwc", 3)
    pictures = np.random.default_rng(0).random((2, 28, 28, 1), np.float32)
    np.testing.assert_allclose(network.run(pictures), pictures[:, 0, :3, 0] + np.arange(3), atol=1e-5)


def test_weights_alone_say_what_is_missing(tmp_path: Path) -> None:
    path = sign_mnist(tmp_path, old=False, apart=True)
    (tmp_path / "model.json").unlink()
    with pytest.raises(UnseenError, match=r"weights alone.*model\.json"):
        open_model(path)


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (layer("Lambda", "evil", function=["4wEAAAA=", None, None]), "Lambda layer"),
        (layer("MyLayer", "mine"), "'MyLayer'"),
        (layer("TorchModuleWrapper", "t", module="x"), "'TorchModuleWrapper'"),
        (layer("Dense", "d", units=3, activation="os.system"), "os.system"),
        (layer("Dense", "d", units={"class_name": "x"}), "units of its own"),
    ],
)
def test_code_in_a_file_is_refused_in_one_line(bad: dict[str, Any], words: str, tmp_path: Path) -> None:
    first = layer("InputLayer", "i", batch_input_shape=[None, 16, 16, 3])
    path = write_h5(tmp_path / "m.h5", sequential(first, bad), {})
    with pytest.raises(UnseenError, match=words) as refused:
        open_model(path)
    assert "\n" not in str(refused.value)
    with zipfile.ZipFile(tmp_path / "m.keras", "w") as packed:
        packed.writestr("config.json", json.dumps(sequential(first, bad)))
        packed.writestr("metadata.json", "{}")
        packed.write(path, "model.weights.h5")
    with pytest.raises(UnseenError, match=words):
        open_model(tmp_path / "m.keras")


def test_weights_elsewhere_or_of_another_shape_are_refused(tmp_path: Path) -> None:
    path = teachable_machine(tmp_path / "keras_model.h5", MEANS, 20.0)
    secret = tmp_path / "secret.h5"
    with h5py.File(secret, "w") as file:
        file["x"] = np.zeros(3)
    with h5py.File(path, "a") as file:
        file["model_weights/stolen"] = h5py.ExternalLink(str(secret), "x")
    with pytest.raises(UnseenError, match="points to another place"):
        open_model(path)
    other = teachable_machine(tmp_path / "other.h5", MEANS, 20.0)
    with h5py.File(other, "a") as file:
        del file["model_weights/sequential_3/dense_Dense1/kernel:0"]
        file["model_weights/sequential_3/dense_Dense1/kernel:0"] = np.zeros((5, 3), np.float32)
    with pytest.raises(UnseenError, match="do not fit"):
        open_model(other)
    with h5py.File(tmp_path / "bomb.h5", "w") as file:
        file.attrs["model_config"] = "{}"
        file.create_dataset("model_weights/huge", (10**9, 10), np.float32, chunks=(10**4, 10), compression="gzip")
    with pytest.raises(UnseenError, match="more than are there"):
        open_model(tmp_path / "bomb.h5")
