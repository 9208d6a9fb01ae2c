"""A file, its array and the graph alone are compared, and a difference between them is found."""

from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper, save
from PIL import Image

from tests.photos.pictures import encoded
from tests.planted_photos import drawn
from unseen.export import doors
from unseen.export.bundle import INPUT, OUTPUTS
from unseen.export.doors import CHECKED_FILES, DoorAgreement, compare_doors
from unseen.onnx_session import cpu_session


def mean_graph(path: Path) -> Path:
    """A graph whose `probabilities` are the mean and the largest value of its input: it does not reduce photos."""
    photos = helper.make_tensor_value_info(INPUT, TensorProto.UINT8, [None, None, None, 3])
    out = helper.make_tensor_value_info(OUTPUTS[0], TensorProto.FLOAT, [None, 2])
    nodes = [
        helper.make_node("Cast", [INPUT], ["floats"], to=TensorProto.FLOAT),
        helper.make_node("Constant", [], ["axes"], value_ints=[1, 2, 3]),
        helper.make_node("ReduceMean", ["floats", "axes"], ["mean"], keepdims=0),
        helper.make_node("ReduceMax", ["floats", "axes"], ["most"], keepdims=0),
        helper.make_node("Constant", [], ["last"], value_ints=[1]),
        helper.make_node("Unsqueeze", ["mean", "last"], ["mean1"]),
        helper.make_node("Unsqueeze", ["most", "last"], ["most1"]),
        helper.make_node("Concat", ["mean1", "most1"], [OUTPUTS[0]], axis=1),
    ]
    graph = helper.make_graph(nodes, "mean", [photos], [out])
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10), path)
    return path


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    named = []
    for i in range(3):
        file = tmp_path / f"{i}.jpg"
        file.write_bytes(encoded(Image.fromarray(drawn(np.random.default_rng(i), i, 90, 120)), "JPEG"))
        named.append(file)
    (tmp_path / "cut.jpg").write_bytes(named[0].read_bytes()[:300])
    return [*named, tmp_path / "cut.jpg", tmp_path / "gone.jpg"]


def test_a_graph_that_does_not_reduce_photos_is_found(tmp_path: Path, files: list[Path]) -> None:
    session = cpu_session(mean_graph(tmp_path / "mean.onnx"))
    assert compare_doors(session, files, 90) == DoorAgreement(3, 0.0, 0.0)
    broken = compare_doors(session, files, 20)
    assert broken.files == 3
    assert broken.probability > doors.TOLERANCE
    assert not broken.holds
    assert compare_doors(session, files[:3] * 9, 90).files <= CHECKED_FILES
    assert compare_doors(session, [], 90) == DoorAgreement()


def test_a_file_that_is_decoded_otherwise_is_found(
    tmp_path: Path, files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doors, "reduce_photo", lambda photo, side_px: photo[..., ::-1].copy())
    assert compare_doors(cpu_session(mean_graph(tmp_path / "mean.onnx")), files, 90).grey_levels > doors.PIXEL_TOLERANCE


@pytest.mark.parametrize(
    ("agreement", "holds"),
    [
        (DoorAgreement(2, 0.001, 0.2), True),
        (DoorAgreement(2, 0.02, 0.0), False),
        (DoorAgreement(2, 0.0, 2.0), False),
        (DoorAgreement(2, float("nan"), 0.0), False),
    ],
)
def test_no_number_is_no_answer(agreement: DoorAgreement, holds: bool) -> None:
    assert agreement.holds is holds
