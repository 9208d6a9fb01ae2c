"""Every export target writes a model that predicts as the original does, and says on how many photos that was seen."""

from pathlib import Path

import numpy as np
import pytest
import torch

from tests.export.test_onnx_bundle import small
from tests.locate.toy import BrightSquares
from tests.planted_photos import drawn
from unseen.errors import UnseenError
from unseen.export.bundle import BundleFacts
from unseen.export.compare_answers import compare_answers
from unseen.export.targets import TARGETS
from unseen.export.torch_target import PROGRAM, open_torch
from unseen.locate.box_crop import BoxPreprocess
from unseen.models.classifier import Classifier
from unseen.models.preprocess import CENTRE
from unseen.records import Uint8Array

CONVERTERS = {"litert": "litert_torch", "coreml": "coremltools"}


def photos() -> list[Uint8Array]:
    return [drawn(np.random.default_rng(i), i % 3, 40 + 30 * i, 56) for i in range(5)]


def cropping() -> tuple[Classifier, BundleFacts]:
    """A network that is given what the toy locator finds."""
    model, facts = small("crop")
    return Classifier(BoxPreprocess(48, "crop", CENTRE, "toy 1"), model.backbone, model.head).eval(), facts


def bright(top: int, left: int) -> Uint8Array:
    photo = drawn(np.random.default_rng(top), 0, 96, 128) // 2
    photo[top : top + 30, left : left + 30] = 255
    photo[top : top + 15, left : left + 15, 1:] = 240
    return photo


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_writes_files_and_compares_all_photos(name: str, tmp_path: Path) -> None:
    if name in CONVERTERS:
        pytest.importorskip(CONVERTERS[name], reason=f"the converter for {name} is not installed")
    model, facts = small()
    agreement = TARGETS[name](model, None, facts, tmp_path / name, photos(), [])
    assert (agreement.photos, agreement.holds) == (5, True)
    assert any((tmp_path / name).iterdir())


def test_the_locator_is_inside_a_torch_program(tmp_path: Path) -> None:
    model, facts = cropping()
    shown = [bright(5, 90), bright(60, 10), bright(30, 40)]
    assert TARGETS["torch"](model, BrightSquares(), facts, tmp_path, shown, []).holds
    found = [open_torch(tmp_path / PROGRAM)(photo) for photo in shown]
    with torch.inference_mode():
        whole = [torch.softmax(model(torch.from_numpy(photo[None])), dim=1)[0].numpy() for photo in shown]
    assert all(np.abs(one - other).max() > 0.01 for one, other in zip(found, whole, strict=True))


def test_the_labels_and_the_image_are_stated_in_a_core_ml_file(tmp_path: Path) -> None:
    coremltools = pytest.importorskip("coremltools", reason="the converter for coreml is not installed")
    model, facts = cropping()
    assert TARGETS["coreml"](model, BrightSquares(), facts, tmp_path, [bright(5, 90)], []).holds
    spec = coremltools.models.MLModel(str(tmp_path / "model.mlpackage"), skip_model_load=True).get_spec()
    image = spec.description.input[0].type.imageType
    assert (image.width, image.height) == (640, 480)
    assert spec.description.predictedFeatureName == "classLabel"
    assert {output.name for output in spec.description.output} == {"classLabel", "classLabel_probs"}


def test_what_answers_otherwise_is_refused() -> None:
    model, facts = small()
    with pytest.raises(UnseenError, match=r"disagree on \d of 5"):
        compare_answers(model, None, facts, lambda _: np.array([2.0, -1.0], np.float32), photos())
