"""A bundle is written when both runtimes agree, and not a byte of it when they do not; pixels are the same bytes."""

import base64
import io
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from tests.conftest import TinyRun
from tests.locate.bright import bright_locator
from tests.planted_photos import drawn
from tests.real_photos import DATA
from unseen.errors import UnseenError
from unseen.export import onnx_bundle
from unseen.export.bundle import BundleFacts, read_facts
from unseen.export.onnx_bundle import compare, one_thread_session, write_bundle
from unseen.inference.predictor import Predictor
from unseen.locate.network_input import network_input
from unseen.models.classifier import Classifier
from unseen.models.head import Head
from unseen.models.preprocess import CENTRE, Normalisation, Preprocess
from unseen.models.spec import BackboneOptions
from unseen.models.weights import find_weights, load_into
from unseen.onnx_session import cpu_session
from unseen.photos.decode import decode
from unseen.photos.fit import FITS
from unseen.records import Fit, Uint8Array
from unseen.registry import build_backbone, find_spec

SHAPES = ((64, 64), (48, 48), (97, 61), (61, 97), (31, 200), (5, 5), (1, 9), (240, 47))


def several_shapes() -> list[Uint8Array]:
    rng = np.random.default_rng(0)
    return [drawn(rng, i % 3, *shape) for i, shape in enumerate(SHAPES) if min(shape) > 4] + [
        rng.integers(0, 256, (*shape, 3), dtype=np.uint8) for shape in SHAPES
    ]


def rebuilt(facts: BundleFacts, folder: Path, classes: int = 3) -> Classifier:
    """The network of the tiny run from what its bundle says, with the shipped weights."""
    from safetensors.torch import load_file

    backbone = build_backbone(find_spec("cnn-fingers"), BackboneOptions(facts.side_px, norm="none"))
    normalisation = Normalisation(facts.mean, facts.std)
    model = Classifier(
        Preprocess(facts.side_px, facts.fit, normalisation), backbone, Head(backbone.features, classes, (256, 128))
    )
    model.load_state_dict(load_file(folder / "weights.safetensors"))
    return model.eval()


@pytest.fixture(scope="module")
def shipped(tiny_run: TinyRun) -> tuple[Classifier, Predictor, BundleFacts]:
    folder = tiny_run.root / "model"
    facts = read_facts(folder)
    return rebuilt(facts, folder), Predictor(folder), facts


def test_the_shipped_weights_and_graph_say_the_same(shipped: tuple[Classifier, Predictor, BundleFacts]) -> None:
    model, predictor, _ = shipped
    photos = several_shapes()
    logits = predictor.run(photos).logits
    with torch.inference_mode():
        ours = np.concatenate([model(torch.from_numpy(photo[None])).numpy() for photo in photos])
    assert np.abs(ours - logits).max() < 1e-3
    assert np.ptp(logits, axis=0).max() > 0.01  # the photos do differ: a constant graph would pass the line above


def test_training_and_the_graph_see_the_same_bytes(shipped: tuple[Classifier, Predictor, BundleFacts]) -> None:
    model, predictor, _ = shipped
    photos = several_shapes()
    trained_on, served = network_input(model.preprocess, photos).transpose(0, 2, 3, 1), predictor.preprocess(photos)
    assert np.array_equal(trained_on, served)
    assert np.ptp(served) > 200


def test_the_report_embeds_those_bytes(tiny_run: TinyRun, shipped: tuple[Classifier, Predictor, BundleFacts]) -> None:
    """At 48 px the page embeds PNG, which is exact; from 65 px on it is JPEG of the same array (tests/report).

    Pictures of another side are not what the network was given: those of the stress section.
    """
    model, _, facts = shipped
    page = (tiny_run.root / "report.html").read_text(encoding="utf-8")
    shown = re.findall(r'<img src="data:image/(\w+);base64,([^"]+)" width="48" height="48"[^>]* title="([^"]+)"', page)
    assert len(shown) >= 24
    for kind, body, path in shown:
        assert kind == "png"
        embedded = np.asarray(Image.open(io.BytesIO(base64.b64decode(body))).convert("RGB"))
        photo = decode(tiny_run.photos / path, facts.decode_side_px)
        assert np.array_equal(embedded, network_input(model.preprocess, [photo])[0].transpose(1, 2, 0)), path


def small(fit: Fit = "squash") -> tuple[Classifier, BundleFacts]:
    torch.manual_seed(0)
    backbone = build_backbone(find_spec("cnn-fingers"), BackboneOptions(48, norm="none"))
    model = Classifier(Preprocess(48, fit, CENTRE), backbone, Head(backbone.features, 2)).eval()
    facts = BundleFacts(
        classes=("a", "b"), model="cnn-fingers", side_px=48, decode_side_px=64, fit=fit, mean=CENTRE.mean,
        std=CENTRE.std, features=backbone.features, weights="none", unseen_version="0.2.0", padding="symmetric",
    )  # fmt: skip
    return model, facts


def test_nothing_is_written_where_the_runtimes_disagree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "bundle.json").write_text("the bundle of yesterday")

    def perturbed(graph: Path, threads: int) -> Any:
        """A session whose probabilities are turned round: what a wrong operator would do."""
        session = cpu_session(graph)

        class Turned:
            def run(self, names: Any, feed: Any) -> Any:
                return [np.ascontiguousarray(out[:, ::-1]) for out in session.run(names, feed)]

        return Turned()

    monkeypatch.setattr("unseen.export.onnx_bundle.cpu_session", perturbed)
    model, facts = small()
    with pytest.raises(UnseenError, match=r"disagree on \d+ of 8 photos .*: no bundle was written"):
        write_bundle(model, None, facts, tmp_path / "model", several_shapes()[-8:])
    assert [path.name for path in (tmp_path / "model").iterdir()] == ["bundle.json"]
    assert (tmp_path / "model" / "bundle.json").read_text() == "the bundle of yesterday"


@pytest.mark.parametrize("fit", [fit for fit in FITS if fit != "squash"])
def test_every_fit_ships_and_sees_the_same_bytes(tmp_path: Path, fit: Fit) -> None:
    model, facts = small(fit)
    photos = several_shapes()
    assert write_bundle(model, None, facts, tmp_path, photos).photos == len(photos)
    assert np.array_equal(
        network_input(model.preprocess, photos).transpose(0, 2, 3, 1), Predictor(tmp_path).preprocess(photos)
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "bundle.json", "model.onnx", "weights.safetensors",
    ]  # fmt: skip
    assert json.loads((tmp_path / "bundle.json").read_text())["fit"] == fit


@pytest.mark.real_photos
def test_both_runtimes_agree_on_real_photos(
    tiny_run: TinyRun, shipped: tuple[Classifier, Predictor, BundleFacts]
) -> None:
    model, predictor, facts = shipped
    files = sorted((DATA / "sign_digits").rglob("*.JPG"))[::9][:200]
    photos = [decode(file, facts.decode_side_px) for file in files]
    agreement = compare(model, None, one_thread_session(tiny_run.root / "model" / "model.onnx"), photos)
    assert (agreement.photos, agreement.holds) == (200, True)
    assert np.array_equal(
        network_input(model.preprocess, photos[:40]).transpose(0, 2, 3, 1), predictor.preprocess(photos[:40])
    )


def test_a_runs_own_weights_can_be_trained_on_from(tmp_path: Path) -> None:
    model, facts = small("crop")
    write_bundle(model, None, replace(facts, mean=(1.0, 2.0, 3.0), std=(4.0, 5.0, 6.0)), tmp_path, several_shapes())
    spec = find_spec("cnn-fingers")
    weights = find_weights(str(tmp_path / "weights.safetensors"), spec, 1.0)
    assert weights is not None
    assert (weights.normalisation.mean, weights.normalisation.std) == ((1.0, 2.0, 3.0), (4.0, 5.0, 6.0))
    assert weights.padding == "symmetric"
    fresh = build_backbone(spec, BackboneOptions(facts.side_px, norm="none"))
    load_into(fresh, weights, spec)
    for name, value in model.backbone.state_dict().items():
        assert torch.equal(fresh.state_dict()[name], value), name


@pytest.mark.parametrize(("moved", "finds", "holds"), [(1, True, True), (4, True, False), (1, False, False)])
def test_one_photo_in_fifty_may_be_looked_at_otherwise(moved: int, finds: bool, holds: bool) -> None:
    """Planted: of 60 photos the other runtime answers `moved` differently."""

    class Brightness(nn.Module):
        def forward(self, photos: Tensor, boxes: Tensor | None = None) -> Tensor:
            level = photos.float().mean(dim=(1, 2, 3)) / 64
            return torch.stack([level, 1 - level], dim=1)

    class Moving:
        """Answers the first `moved` photos the other way round: known by their level, for batches come in any order."""

        def run(self, names: list[str], fed: dict[str, np.ndarray]) -> list[np.ndarray]:
            found = torch.softmax(Brightness()(torch.from_numpy(fed["photos"])), dim=1).numpy()
            other = fed["photos"][:, 0, 0, 0] < 4 * moved
            found[other] = found[other, ::-1]
            return [found]

    photos = [np.full((8, 8, 3), 4 * i, np.uint8) for i in range(60)]
    agreement = compare(Brightness(), bright_locator() if finds else None, Moving(), photos)  # type: ignore[arg-type]
    assert agreement.holds is holds


@pytest.mark.parametrize("comes_with_the_package", [True, False])
def test_boxes_are_searched_in_torch_too_where_the_locator_is_not_the_packages(
    comes_with_the_package: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: a graph whose boxes are not those of the locator, and whose answers are right for its own boxes."""

    class Boxed(nn.Module):
        def forward(self, photos: Tensor, boxes: Tensor) -> Tensor:
            return torch.stack([8 * boxes[:, 0], 8 - 8 * boxes[:, 0]], dim=1)

    class Elsewhere:
        def run(self, names: list[str], fed: dict[str, np.ndarray]) -> list[np.ndarray]:
            boxes = np.full((len(fed["photos"]), 4), 0.9, np.float32)
            return [torch.softmax(Boxed()(torch.empty(0), torch.from_numpy(boxes)), dim=1).numpy(), boxes]

    monkeypatch.setattr(onnx_bundle, "knows_finder", lambda _: comes_with_the_package)
    monkeypatch.setattr(onnx_bundle, "SEARCHED", 0)
    photos = [np.full((8, 8, 3), 4 * i, np.uint8) for i in range(8)]
    agreement = compare(Boxed(), bright_locator(), Elsewhere(), photos)  # type: ignore[arg-type]
    assert agreement.holds is comes_with_the_package
