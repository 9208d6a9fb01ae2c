"""timm is an extra; a stand-in with its calls shows what is asked of it and what is made of its answers."""

import sys
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from unseen.errors import UnseenError
from unseen.models.classifier import unfreeze
from unseen.models.preprocess import IMAGENET
from unseen.models.spec import BackboneOptions
from unseen.models.weights import PretrainedWeights, load_into
from unseen.registry import build_backbone, find_spec


class FakeNetwork(nn.Module):
    """A stem, two blocks in a container, a norm that timm keeps under `head`, and a free token."""

    num_features = 4

    def __init__(self) -> None:
        super().__init__()
        self.token = nn.Parameter(torch.zeros(4))
        self.stem = nn.Conv2d(3, 4, 1)
        self.blocks = nn.Sequential(nn.Conv2d(4, 4, 1), nn.Conv2d(4, 4, 1))
        self.pool = nn.Identity()
        self.head = nn.ModuleDict({"norm": nn.LayerNorm(4)})

    def forward(self, x: Tensor) -> Tensor:
        pooled = self.blocks(self.stem(x)).mean(dim=(2, 3)) + self.token
        out: Tensor = self.head["norm"](pooled)
        return out


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []

    def create_model(name: str, **options: Any) -> nn.Module:
        made.append({"name": name, **options})
        if name == "convolutional" and "img_size" in options:
            raise TypeError("unexpected keyword argument 'img_size'")
        return FakeNetwork()

    stated = SimpleNamespace(mean=(0.5, 0.25, 0.1), std=(0.2, 0.5, 1.0), input_size=(3, 96, 96), hf_hub_id="timm/it")
    fake = SimpleNamespace(
        create_model=create_model,
        is_model=lambda name: name in ("convolutional", "transformer", "bare"),
        get_pretrained_cfg=lambda name: None if name == "bare" else stated,
    )
    monkeypatch.setitem(sys.modules, "timm", fake)
    return made


def test_what_timm_states_becomes_the_spec(calls: list[dict[str, Any]]) -> None:
    spec = find_spec("timm/transformer")
    assert (spec.name, spec.side_px) == ("timm/transformer", 96)
    assert spec.scratch.mean == pytest.approx((127.5, 63.75, 25.5))
    assert spec.scratch.std == pytest.approx((51.0, 127.5, 255.0))
    assert spec.hub[1.0].repository == "timm/it"
    assert spec.hub[1.0].normalisation == spec.scratch
    assert calls == []


def test_a_model_without_published_weights_has_imagenets_normalisation_and_no_hub(calls: list[dict[str, Any]]) -> None:
    spec = find_spec("timm/bare")
    assert (spec.hub, spec.scratch, spec.side_px) == ({}, IMAGENET, 224)


def test_it_is_built_without_a_classifier_at_the_side_asked(calls: list[dict[str, Any]]) -> None:
    backbone = build_backbone(find_spec("timm/transformer"), BackboneOptions(64))
    assert calls == [{"name": "transformer", "pretrained": False, "num_classes": 0, "img_size": 64}]
    assert backbone.features == 4
    assert backbone(torch.zeros(2, 3, 8, 8)).shape == (2, 4)


def test_convolutional_models_are_built_without_img_size(calls: list[dict[str, Any]]) -> None:
    build_backbone(find_spec("timm/convolutional"), BackboneOptions(64))
    assert calls[-1] == {"name": "convolutional", "pretrained": False, "num_classes": 0}


def test_stages_open_containers_and_hold_every_parameter_once(calls: list[dict[str, Any]]) -> None:
    backbone = build_backbone(find_spec("timm/transformer"), BackboneOptions(64))
    stages = backbone.stages()
    assert [name for name, _ in stages] == ["tokens", "stem", "blocks.0", "blocks.1", "head"]
    held = [id(p) for _, modules in stages for m in modules for p in m.parameters()]
    assert sorted(held) == sorted(id(p) for p in backbone.parameters())
    unfreeze(backbone, "none")
    assert not any(p.requires_grad for p in backbone.parameters())


def test_published_tensors_load_with_parts_of_the_head_that_the_backbone_keeps(calls: list[dict[str, Any]]) -> None:
    spec = find_spec("timm/transformer")
    backbone, source = build_backbone(spec, BackboneOptions(64)), FakeNetwork()
    nn.init.constant_(source.head["norm"].weight, 7.0)  # type: ignore[arg-type]
    published = {**source.state_dict(), "head.fc.weight": torch.zeros(1000, 4)}
    load_into(backbone, PretrainedWeights(published, IMAGENET, "symmetric", "it"), spec)
    loaded = backbone.state_dict()
    assert all(torch.equal(loaded[f"model.{name}"], value) for name, value in source.state_dict().items())


def test_a_name_that_timm_does_not_know_is_one_line(calls: list[dict[str, Any]]) -> None:
    with pytest.raises(UnseenError, match="timm has no model 'resnet51'"):
        find_spec("timm/resnet51")


@pytest.mark.parametrize("how", ["absent", "broken"])
def test_without_timm_the_extra_is_named(monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    if how == "absent":
        monkeypatch.setitem(sys.modules, "timm", None)
    else:
        import unseen.models.timm_backbone as module

        def broken(name: str) -> Any:
            raise RuntimeError("operator torchvision::nms does not exist")

        monkeypatch.setattr(module.importlib, "import_module", broken)  # type: ignore[attr-defined]
    with pytest.raises(UnseenError, match=r"pip install \"unseen\[timm\]\""):
        find_spec("timm/transformer")
