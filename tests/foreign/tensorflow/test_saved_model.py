"""SavedModel folders give the answers that were planted; what is hostile or damaged ends in one line."""

import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.foreign.made_models import centroids, planted_photos
from tests.foreign.tensorflow.saved_models import (
    FLOAT,
    TEXT,
    Function,
    centroid_model,
    const,
    end,
    field,
    function,
    node,
    one_function,
    stored,
    words,
    write_bundle,
    write_graph,
)  # fmt: skip
from unseen.diagnosing.foreign_model import ForeignModel
from unseen.diagnosing.photo_reading import Reading
from unseen.diagnosing.wrapping.wrap import wrap
from unseen.errors import UnseenError
from unseen.foreign.open_model import open_model
from unseen.foreign.tensorflow import saved_graph
from unseen.foreign.tensorflow.tensor_bundle import open_bundle
from unseen.foreign.tried_first import open_tried
from unseen.inference.model import can_be_extended
from unseen.inference.predictor import Predictor
from unseen.records import Float32Array

MEANS = centroids(Reading(16, 16, "1/127.5-1"))
NAMES = ("green", "orange", "violet")


def flat(means: Float32Array) -> Float32Array:
    """One even picture of each mean."""
    return np.broadcast_to(means[:, None, None], (len(means), 16, 16, 3)).astype(np.float32)


def expected(means: Float32Array) -> Float32Array:
    near = np.exp(-20.0 * np.square(means[:, None] - MEANS[None]).sum(axis=-1))
    return np.asarray(near / near.sum(axis=1, keepdims=True), np.float32)


def test_a_folder_of_keras_answers_by_its_variables(tmp_path: Path) -> None:
    folder = centroid_model(tmp_path / "model", MEANS, 20.0, 16)
    (folder / "labels.txt").write_text("0 green\n1 orange\n2 violet\n")
    network = open_tried(folder)
    assert (network.input.height_px, network.input.layout, network.input.batch) == (16, "nhwc", None)
    assert network.classes == NAMES
    assert np.allclose(network.run(flat(MEANS)), expected(MEANS), atol=1e-5)
    between = MEANS[:1] * np.float32(0.5)
    assert np.allclose(network.run(flat(between)), expected(between), atol=1e-5)
    assert open_model(folder / "saved_model.pb").classes == NAMES


def test_what_teachable_machine_exports_opens_zipped_or_not(tmp_path: Path) -> None:
    centroid_model(tmp_path / "t" / "model.savedmodel", MEANS, 20.0, 16)
    (tmp_path / "t" / "labels.txt").write_text("0 a\n1 b\n2 c\n")
    packed = Path(shutil.make_archive(str(tmp_path / "converted_savedmodel"), "zip", tmp_path / "t"))
    for path in (packed, tmp_path / "t", tmp_path / "t" / "model.savedmodel"):
        network = open_model(path)
        assert network.classes == ("a", "b", "c")
        assert network.run(flat(MEANS)).argmax(axis=1).tolist() == [0, 1, 2]


def test_a_zip_writes_nothing_outside_its_folder(tmp_path: Path) -> None:
    centroid_model(tmp_path / "m", MEANS, 20.0, 16)
    with zipfile.ZipFile(tmp_path / "evil.zip", "w") as packed:
        for file in (file for file in (tmp_path / "m").rglob("*") if file.is_file()):
            packed.write(file, f"m/{file.relative_to(tmp_path / 'm')}")
        packed.writestr("m/variables/../../variables.escaped", "x")
        packed.writestr("m/../../labels.txt", "x\ny\n")
    assert open_model(tmp_path / "evil.zip").classes is None
    assert not list(tmp_path.parent.rglob("variables.escaped"))


def test_a_folder_of_tensorflow_1_keeps_its_variables_in_the_graph(tmp_path: Path) -> None:
    nodes = [
        node("image", "Placeholder"), const("axes", [1, 2]), node("pool", "Mean", "image", "axes"),
        node("w", "VariableV2"), node("read", "Identity", "w"), node("scores", "MatMul", "pool:0", "read"),
        const("zeros", np.zeros((3, 2))), node("first", "Assign", "w", "zeros"),
        const("save/prefix", 0), node("save/names", "Const", value=words("w/other", "w")),
        node("save/slices", "Const", value=words("", "")),
        node("save/RestoreV2", "RestoreV2", "save/prefix", "save/names", "save/slices"),
        node("save/Assign", "Assign", "w", "save/RestoreV2:1"), node("save/all", "NoOp", "^save/Assign"),
    ]  # fmt: skip
    folder = write_graph(tmp_path, nodes, [], end("image", "image:0", FLOAT, [-1, 16, 16, 3]),
                         end("scores", "scores:0", FLOAT, [-1, 2]), "save/all")  # fmt: skip
    kernel = np.array([[1, 2], [3, 4], [5, 7]], np.float32)
    write_bundle(folder, {"w": kernel, "w/other": np.zeros((3, 2), np.float32)})
    assert np.allclose(open_model(folder).run(flat(MEANS)), MEANS @ kernel, atol=1e-5)


def test_an_index_of_many_variables_is_read_whole(tmp_path: Path) -> None:
    many = {f"layer_with_weights-{i}/kernel": np.full((2, i % 3), i, np.float32) for i in range(40)}
    write_bundle(tmp_path, many)
    bundle = open_bundle(tmp_path)
    for key, values in many.items():
        assert np.array_equal(bundle.read(key), values)


def test_a_folder_is_wrapped_with_what_it_does_itself(tmp_path: Path) -> None:
    photos, labels = planted_photos(12)
    network = open_model(centroid_model(tmp_path / "model", MEANS, 20.0, 16))
    model = ForeignModel(network, Reading(16, 16, "1/127.5-1", "rgb", "nhwc", "crop"), "probabilities", NAMES)
    assert model.predict_proba(photos).argmax(axis=1).tolist() == labels.tolist()
    assert wrap(model, photos, 640, tmp_path / "w").same_answers == len(photos)
    wrapped = Predictor(tmp_path / "w")
    assert np.abs(wrapped.predict_proba(photos) - model.predict_proba(photos)).max() < 1e-3
    assert not can_be_extended(wrapped)  # its training photos are not known here
    (tmp_path / "w" / "run.json").write_text("{}")
    assert can_be_extended(Predictor(tmp_path / "w"))
    assert can_be_extended(Predictor(tmp_path / "w" / "model"))


def _change(name: str, change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def changed(folder: Path) -> None:
        (folder / name).write_bytes(change((folder / name).read_bytes()))

    return changed


def _shifted(folder: Path) -> None:
    """Say that a variable begins behind the end of its file."""
    index = folder / "variables" / "variables.index"
    content = index.read_bytes()
    place = content.index(field(4, 12))  # the second variable's
    index.write_bytes(content[: place + 1] + b"\x7f" + content[place + 2 :])


INDEX, DATA = "variables/variables.index", "variables/variables.data-00000-of-00001"
DAMAGES: dict[str, tuple[Callable[[Path], None], str]] = {
    "graph cut": (_change("saved_model.pb", lambda content: content[:-40]), "too early|damaged"),
    "no graph": (_change("saved_model.pb", lambda _: b""), "holds no graph"),
    "other bytes": (_change("saved_model.pb", lambda _: b"\xff" * 100), "damaged|too early"),
    "index cut": (_change(INDEX, lambda content: content[: len(content) // 2]), "damaged or ends too early"),
    "index of noise": (_change(INDEX, lambda content: b"\xfe" * 80 + content[-48:]), "damaged|compressed"),
    "compressed": (_change(INDEX, lambda content: _compressed(content)), "compressed"),
    "data cut": (_change(DATA, lambda content: content[:-8]), "ends before variable"),
    "beyond": (_shifted, "ends before variable"),
    "no data": (lambda folder: (folder / DATA).unlink(), "missing: copy the whole folder"),
    "no index": (lambda folder: shutil.rmtree(folder / "variables"), "missing: copy the whole folder"),
}  # fmt: skip


def _compressed(content: bytes) -> bytes:
    """Say that the first block is compressed."""
    blocks = content.index(stored(b"\0" * 4 + b"\1\0\0\0"))  # the empty one behind it
    return content[: blocks - 5] + b"\1" + content[blocks - 4 :]


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_folder_ends_in_one_line(name: str, tmp_path: Path) -> None:
    damage, words_ = DAMAGES[name]
    folder = centroid_model(tmp_path / "model", MEANS, 20.0, 16)
    damage(folder)
    with pytest.raises(UnseenError, match=words_) as refused:
        open_model(folder)
    assert "\n" not in str(refused.value)
    assert str(folder) in str(refused.value)


def _calls(many: int) -> list[bytes]:
    """Functions that call the next one twice each: 2 to the power of `many` steps."""
    made = [
        function(f"f{i}", ["a"], {"o": "two:output:0"}, node("one", "PartitionedCall", "a", f=Function(f"f{i + 1}")),
                 node("two", "PartitionedCall", "one:output:0", f=Function(f"f{i + 1}")))
        for i in range(many)
    ]  # fmt: skip
    return [*made, function(f"f{many}", ["a"], {"o": "o:output:0"}, node("o", "Identity", "a"))]


HOSTILE: dict[str, tuple[list[bytes], str, list[bytes]]] = {
    "loop": ([node("a", "Relu", "scores"), node("scores", "Relu", "a")], "round in a circle", []),
    "calls itself": ([node("scores", "PartitionedCall", "photos", f=Function("f"))], "64 deep", []),
    "calls without end": ([node("scores", "PartitionedCall", "photos", f=Function("f0"))], "steps: export", _calls(40)),
    "nothing": ([node("scores", "Relu", "absent")], "nothing makes", []),
    "a name of two lines": ([node("scores", "PartitionedCall", "photos", f=Function("a\nb\x1b[31m"))], "not in it", []),
    "a step of two lines": ([node("scores", "a\nb", "photos")], "which nothing here converts", []),
    "no function": ([node("scores", "PartitionedCall", "photos", f=Function("gone"))], "not in it", []),
    "reads a file": ([node("scores", "ReadFile", "photos")], "ReadFile", []),
    "runs Python": ([node("scores", "PyFunc", "photos", token="pyfunc_0")], "PyFunc", []),
    "huge": ([node("big", "Const", value=field(1, FLOAT) + field(2, field(2, field(1, 10**10)))),
              node("scores", "AddV2", "photos", "big:output:0")], "more than a classifier needs", []),
    "negative": ([node("big", "Const", value=field(1, FLOAT) + field(2, field(2, field(1, -3)))),
                  node("scores", "AddV2", "photos", "big:output:0")], "negative size", []),
    "too few inputs": ([node("scores", "Conv2D", "photos")], "does not fit together", []),
    "a variable of no file": ([node("h", "VarHandleOp"), node("r", "ReadVariableOp", "h:resource:0"),
                               node("scores", "AddV2", "photos", "r:value:0")], "where its variable", []),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_graph_ends_in_one_line(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nodes, words_, functions = HOSTILE[name]
    monkeypatch.setattr(saved_graph, "_MAX_STEPS", 2000)
    with pytest.raises(UnseenError, match=words_) as refused:
        open_model(one_function(tmp_path / "m", nodes, [-1, 8, 8, 3], functions=functions))
    assert "\n" not in str(refused.value)


def test_what_takes_no_pictures_is_refused_by_what_it_takes(tmp_path: Path) -> None:
    scores = [node("scores", "Identity", "photos")]
    with pytest.raises(UnseenError, match="text"):
        open_model(one_function(tmp_path / "text", scores, [-1], TEXT))
    with pytest.raises(UnseenError, match="takes given"):
        open_model(one_function(tmp_path / "flat", scores, [-1, 10]))
    (tmp_path / "saved_model.pb").write_bytes(field(1, 1) + field(2, field(1, field(4, "serve"))))
    with pytest.raises(UnseenError, match="no signature"):
        open_model(tmp_path)
