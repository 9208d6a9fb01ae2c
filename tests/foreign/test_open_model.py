"""Every kind of file by its content, and hostile ones: each ends in one line and runs nothing."""

import json
import os
import pickle
import re
import zipfile
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper
from safetensors.torch import save_file

from tests.foreign.made_models import write_centroid_onnx
from unseen.diagnosing.photo_reading import Reading
from unseen.errors import UnseenError
from unseen.foreign.class_names_beside import names_beside
from unseen.foreign.open_model import open_model


class Net(torch.nn.Module):
    def forward(self, photos: torch.Tensor) -> torch.Tensor:
        return photos.mean(dim=(2, 3))


PICTURES = torch.rand(2, 3, 16, 16)


def test_torchscript_and_exported_programs_open(tmp_path: Path) -> None:
    with pytest.warns(DeprecationWarning, match="torch.jit"):
        torch.jit.save(torch.jit.trace(Net(), PICTURES), tmp_path / "net.pt")  # type: ignore[no-untyped-call]
    program = torch.export.export(Net(), (PICTURES,), dynamic_shapes={"photos": {0: torch.export.Dim("batch")}})
    torch.export.save(program, tmp_path / "net.pt2")
    for name in ("net.pt", "net.pt2"):
        assert np.allclose(
            open_model(tmp_path / name).run(PICTURES.numpy()), PICTURES.mean(dim=(2, 3)).numpy(), atol=1e-6
        )
    assert open_model(tmp_path / "net.pt2").input.height_px == 16


class Trap:
    """Unpickled, it makes a file."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return os.system, (f"touch {self.path}",)


def test_nothing_is_ever_unpickled(tmp_path: Path) -> None:
    trap = tmp_path / "sprung"
    (tmp_path / "plain.pkl").write_bytes(pickle.dumps(Trap(str(trap))))
    torch.save({"a": Trap(str(trap))}, tmp_path / "zip.pt")
    torch.save({"a": Trap(str(trap))}, tmp_path / "old.pt", _use_new_zipfile_serialization=False)
    program = torch.export.export(Net(), (PICTURES,))
    torch.export.save(program, tmp_path / "net.pt2")
    with zipfile.ZipFile(tmp_path / "net.pt2") as good, zipfile.ZipFile(tmp_path / "trap.pt2", "w") as bad:
        for name in good.namelist():
            content = good.read(name)
            bad.writestr(name, pickle.dumps(Trap(str(trap))) if "sample_inputs" in name else content)
    for name in ("plain.pkl", "zip.pt", "old.pt", "trap.pt2"):
        with pytest.raises(UnseenError) as refused:
            open_model(tmp_path / name)
        assert "\n" not in str(refused.value)
    assert not trap.exists()


def test_sizes_of_a_torch_export_file_are_not_evaluated(tmp_path: Path) -> None:
    program = torch.export.export(Net(), (PICTURES,), dynamic_shapes={"photos": {0: torch.export.Dim("batch")}})
    torch.export.save(program, tmp_path / "net.pt2")
    with zipfile.ZipFile(tmp_path / "net.pt2") as good, zipfile.ZipFile(tmp_path / "bad.pt2", "w") as bad:
        for name in good.namelist():
            content = good.read(name)
            if name.endswith("model.json"):
                planted = re.sub(rb'("expr_str": ?")', rb"\1__import__('os').getpid() + ", content)
                assert planted != content
                content = planted
            bad.writestr(name, content)
    with pytest.raises(UnseenError, match="no number"):
        open_model(tmp_path / "bad.pt2")


def net(path: Path, *tensors: onnx.TensorProto, nodes: list[onnx.NodeProto] | None = None) -> Path:
    made = nodes or [helper.make_node("ReduceMean", ["x"], ["y"], axes=[2, 3], keepdims=0)]
    picture = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3, 8, 8])
    row = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 3])
    graph = helper.make_graph(made, "g", [picture], [row], list(tensors))
    path.write_bytes(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8).SerializeToString()
    )
    return path


def tensor(name: str, dims: list[int], raw: bytes = b"", location: str = "") -> onnx.TensorProto:
    made = onnx.TensorProto(name=name, data_type=TensorProto.FLOAT, dims=dims, raw_data=raw)
    if location:
        made.ClearField("raw_data")
        made.data_location = TensorProto.EXTERNAL
        made.external_data.add(key="location", value=location)
    return made


def test_hostile_onnx_files_end_in_one_line(tmp_path: Path) -> None:
    good = net(tmp_path / "good.onnx").read_bytes()
    assert open_model(tmp_path / "good.onnx").run(np.ones((2, 3, 8, 8), np.float32)).shape == (2, 3)
    (tmp_path / "cut.onnx").write_bytes(good[: len(good) // 2])
    loop = [helper.make_node("Add", ["x", "b"], ["a"]), helper.make_node("Relu", ["a"], ["b"]),
            helper.make_node("ReduceMean", ["a"], ["y"], axes=[2, 3], keepdims=0)]  # fmt: skip
    hostile = {
        "cut.onnx": "too early|damaged|no ONNX graph|cannot be opened",
        net(tmp_path / "elsewhere.onnx", tensor("w", [4], location="../../etc/passwd")).name: "another folder",
        net(tmp_path / "absolute.onnx", tensor("w", [4], location="/etc/passwd")).name: "another folder",
        net(tmp_path / "absent.onnx", tensor("w", [4], location="w.data")).name: "not beside it",
        net(tmp_path / "huge.onnx", tensor("w", [50_000, 50_000], raw=b"\0" * 16)).name: "10,000,000,000 bytes",
        net(tmp_path / "loop.onnx", nodes=loop).name: "nothing before it makes",
        net(tmp_path / "foreign.onnx", nodes=[helper.make_node("Evil", ["x"], ["y"], domain="my.ops")]).name: "my.ops",
    }
    for name, words in hostile.items():
        with pytest.raises(UnseenError, match=words) as refused:
            open_model(tmp_path / name)
        assert "\n" not in str(refused.value)


def test_other_things_are_said_to_be_no_model(tmp_path: Path) -> None:
    (tmp_path / "a.onnx").write_bytes(b"")
    (tmp_path / "b.bin").write_bytes(b"hello, this is a text and no model")
    (tmp_path / "c.zip").write_bytes(b"PK\x03\x04 broken")
    save_file({"w": torch.zeros(2, 2)}, tmp_path / "d.safetensors")
    (tmp_path / "e").mkdir()
    (tmp_path / "model.json").write_text(json.dumps({"format": "layers-model"}))
    for name, words in {"a.onnx": "empty", "b.bin": "no model", "c.zip": "damaged", "d.safetensors": "--arch timm/NAME",
                        "e": "holds no model", "model.json": "TensorFlow.js"}.items():  # fmt: skip
        with pytest.raises(UnseenError, match=words):
            open_model(tmp_path / name)


def test_class_names_beside_a_model_are_read(tmp_path: Path) -> None:
    model = write_centroid_onnx(tmp_path / "net.onnx", Reading(8, 8), named=False)
    assert names_beside(model) is None
    (tmp_path / "class_indices.json").write_text('{"b": 1, "a": 0, "c": 2}')
    assert names_beside(model) == ("a", "b", "c")
    (tmp_path / "labels.txt").write_text("\ufeff0 rock\n1 paper\n2 two words\n")
    assert names_beside(model) == ("rock", "paper", "two words")
    (tmp_path / "labels.txt").write_text("3\n1\n2\n")  # names that are numbers are no numbering
    assert names_beside(model) == ("3", "1", "2")
