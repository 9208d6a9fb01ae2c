"""Which network a run starts from: hands are looked for, and what the user says comes first."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pretrain.any_hand import any_hand
from unseen.config import TrainConfig
from unseen.errors import UnseenError
from unseen.models.weights import find_weights
from unseen.pipelines.stages import choose_model as choose
from unseen.pipelines.stages.choose_model import choose_model
from unseen.progress import PrintProgress, Silent

FOUND = find_weights


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNSEEN_CACHE", str(tmp_path / "cache"))


def class_folders(root: Path, draw: Any, photos: int = 6) -> Path:
    for label in ("a", "b"):
        (root / label).mkdir(parents=True)
        for number in range(photos):
            Image.fromarray(draw(number)).save(root / label / f"{number}.png")
    return root


def hand_photo(number: int) -> np.ndarray:
    rgba = any_hand(1000 + number, 128, samples=1).seen.rgba.astype(float)
    share = rgba[..., 3:] / 255
    return np.asarray(rgba[..., :3] * share + np.array([120.0, 130, 140]) * (1 - share), np.uint8)


def stripes(number: int) -> np.ndarray:
    rows = (np.arange(96) // (4 + number) % 2 * 200).astype(np.uint8)
    return np.repeat(np.repeat(rows[:, None], 96, 1)[..., None], 3, 2)


def test_hands_start_from_handnet(tmp_path: Path) -> None:
    messages: list[str] = []
    chosen = choose_model(
        TrainConfig(str(class_folders(tmp_path / "p", hand_photo)), "out"), PrintProgress(messages.append)
    )
    assert chosen.model == "handnet"
    assert "12 sampled photos show a hand" in messages[-1]


def test_other_things_start_from_imagenet_where_it_can_be_had(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        choose, "find_weights", lambda asked, *more: "weights" if asked == "imagenet" else FOUND(asked, *more)
    )
    chosen = choose_model(TrainConfig(str(class_folders(tmp_path / "p", stripes)), "out"), PrintProgress())
    assert (chosen.model, chosen.weights) == ("mobilenetv2", "imagenet")


def test_other_things_without_a_hub_start_from_handnet_with_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(asked: str, *more: Any) -> Any:
        if asked == "imagenet":
            raise UnseenError("the hub cannot be reached")
        return FOUND(asked, *more)

    monkeypatch.setattr(choose, "find_weights", unreachable)
    messages: list[str] = []
    chosen = choose_model(
        TrainConfig(str(class_folders(tmp_path / "p", stripes)), "out"), PrintProgress(messages.append)
    )
    assert chosen.model == "handnet"
    assert "the hub cannot be reached" in messages[-1]
    assert "knows little else" in messages[-1]


@pytest.mark.parametrize(
    ("settings", "model"),
    [
        ({"model": "vgg16", "focus": "whole"}, "vgg16"),
        ({"model": "cnn-fingers"}, "cnn-fingers"),
        ({"weights": "builtin"}, "handnet"),
        ({"weights": "none"}, "mobilenetv2"),
        ({"weights": "file.safetensors", "focus": "hand"}, "mobilenetv2"),
        ({"width": 0.35, "focus": "whole"}, "mobilenetv2"),
    ],
)
def test_what_the_user_says_decides_without_a_look(settings: dict[str, Any], model: str) -> None:
    chosen = choose_model(TrainConfig("/nowhere", "out", **settings), Silent())
    assert (chosen.model, chosen.focus) == (model, settings.get("focus", "auto"))


@pytest.mark.parametrize(("draw", "focus"), [(hand_photo, "hand"), (stripes, "auto")])
def test_a_named_network_with_weights_looks_at_hands_where_there_are(tmp_path: Path, draw: Any, focus: str) -> None:
    messages: list[str] = []
    config = TrainConfig(str(class_folders(tmp_path / "p", draw)), "out", model="mobilenetv2", weights="w.safetensors")
    assert choose_model(config, PrintProgress(messages.append)).focus == focus
    assert any("is given a crop around it" in line for line in messages) is (focus == "hand")
