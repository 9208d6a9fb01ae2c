"""What is around Google's converter, which pins other versions than ours: a stand-in runs the module it is given."""

import importlib.util
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import torch

from tests.export.test_onnx_bundle import small
from tests.export.test_targets import photos
from unseen.errors import UnseenError
from unseen.export import litert_target
from unseen.export.litert_target import EIGHT_BITS, FLOAT, LABELS, write_litert
from unseen.records import Float32Array, Uint8Array

RULES = [{"regex": ".*", "operation": "*", "algorithm_key": "min_max"}]


class Converter:
    """Stands in for both packages: keeps the module it is given, and answers with it. worse: added to one class."""

    def __init__(self, worse: float = 0.0) -> None:
        self.worse = worse
        self.given: list[tuple[int, ...]] = []
        self.rules: list[dict[str, str]] = []

    def convert(self, module: torch.nn.Module, examples: tuple[torch.Tensor, ...]) -> Any:
        self.module, self.given = module, [tuple(example.shape) for example in examples]
        return SimpleNamespace(model_content=lambda: b"float")

    def quantizer(self, content: bytes, rules: list[dict[str, str]]) -> Any:
        self.rules = rules
        return SimpleNamespace(quantize=lambda: SimpleNamespace(quantized_model=content + b" in 8 bits"))

    def open(self, content: bytes) -> Any:
        def answer(photo: Uint8Array) -> Float32Array:
            assert photo.shape[:2] == self.given[0][1:3]
            with torch.inference_mode():
                found: Float32Array = self.module(torch.tensor(photo[None]))[0].numpy()
            found[0] += self.worse
            return found

        return answer


def installed(monkeypatch: pytest.MonkeyPatch, converter: Converter) -> None:
    quantizer = SimpleNamespace(Quantizer=converter.quantizer)
    packages: dict[str, dict[str, Any]] = {
        "litert_torch": {"convert": converter.convert},
        "ai_edge_quantizer": {"quantizer": quantizer, "recipe": SimpleNamespace(weight_only_wi8_afp32=lambda: RULES)},
    }
    for name, content in packages.items():
        module = ModuleType(name)
        module.__spec__ = ModuleSpec(name, None)
        module.__dict__.update(content)
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr(litert_target, "open_litert", converter.open)


def test_both_files_and_the_labels_are_written_for_one_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    converter = Converter()
    installed(monkeypatch, converter)
    model, facts = small()
    agreement = write_litert(model, None, facts, tmp_path / "out", photos(), frame=(120, 90))
    assert (agreement.photos, agreement.holds) == (5, True)
    assert converter.given == [(1, 90, 120, 3)]
    written = {file.name: file.read_bytes() for file in (tmp_path / "out").iterdir()}
    labels = "".join(f"{name}\n" for name in facts.classes).encode()
    assert written == {FLOAT: b"float", EIGHT_BITS: b"float in 8 bits", LABELS: labels}


def test_only_weights_of_networks_have_eight_bits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    converter = Converter()
    installed(monkeypatch, converter)
    model, facts = small()
    write_litert(model, None, facts, tmp_path / "out", photos())
    assert [rule["operation"] for rule in converter.rules] == ["CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"]
    assert {rule["algorithm_key"] for rule in converter.rules} == {"min_max"}


def test_a_file_that_answers_otherwise_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, Converter(worse=0.9))
    model, facts = small()
    with pytest.raises(UnseenError, match="what was written and torch disagree"):
        write_litert(model, None, facts, tmp_path / "out", photos())
    assert not (tmp_path / "out").exists()


def test_without_the_converter_the_environment_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    model, facts = small()
    with pytest.raises(UnseenError, match=r"in an environment of its own: pip install 'unseen\[train,export-litert\]'"):
        write_litert(model, None, facts, tmp_path / "out", photos())
