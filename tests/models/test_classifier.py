import pytest
import torch
from torch import nn

from unseen.config import Unfreeze
from unseen.errors import UnseenError
from unseen.models.classifier import Classifier, UpToFeatures, set_training, unfreeze
from unseen.models.head import Head
from unseen.models.mobilenet import MobileNetV2
from unseen.models.preprocess import CENTRE, Preprocess

SIDE_PX = 32


@pytest.fixture
def model() -> Classifier:
    torch.manual_seed(3)
    backbone = MobileNetV2(0.1)
    return Classifier(Preprocess(SIDE_PX, "squash", CENTRE), backbone, Head(backbone.features, 4)).eval()


def photos(count: int = 2) -> torch.Tensor:
    return torch.randint(0, 256, (count, 30, 41, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(("wanted", "count"), [("none", 0), ("last", 3), ("all", 9), (1, 1), (9, 9), (0, 0)])
def test_unfreeze_counts_stages_from_the_end(model: Classifier, wanted: Unfreeze, count: int) -> None:
    stages = model.backbone.stages()
    names = [name for name, _ in stages]
    assert unfreeze(model.backbone, wanted) == names[len(names) - count :]
    for position, (_, modules) in enumerate(stages):
        found = {p.requires_grad for module in modules for p in module.parameters()}
        assert found == {position >= len(stages) - count}


def test_unfreeze_undoes_an_earlier_freeze(model: Classifier) -> None:
    unfreeze(model.backbone, "none")
    unfreeze(model.backbone, "all")
    assert all(p.requires_grad for p in model.backbone.parameters())


@pytest.mark.parametrize("stages", [10, -1])
def test_unfreeze_refuses_what_it_cannot_do(model: Classifier, stages: int) -> None:
    with pytest.raises(UnseenError, match="unfreeze is"):
        unfreeze(model.backbone, stages)


def moved_norms(model: Classifier) -> list[str]:
    """Names of the stages whose running statistics a training pass moves."""
    stages = {name: [n for m in ms for n in m.modules() if isinstance(n, nn.BatchNorm2d)]
              for name, ms in model.backbone.stages()}  # fmt: skip
    before = {name: [n.running_mean.clone() for n in norms if n.running_mean is not None]
              for name, norms in stages.items()}  # fmt: skip
    model(photos(4))
    return [
        name
        for name, norms in stages.items()
        if any(not torch.equal(n.running_mean, old) for n, old in zip(norms, before[name], strict=True))  # type: ignore[arg-type]
    ]


def test_frozen_stages_keep_their_statistics_in_training(model: Classifier) -> None:
    trained = unfreeze(model.backbone, 2)
    set_training(model, frozen_statistics=False)
    assert model.head.training
    assert moved_norms(model) == trained == ["blocks.6", "conv_head"]


def test_frozen_statistics_freezes_them_all(model: Classifier) -> None:
    unfreeze(model.backbone, "all")
    set_training(model, frozen_statistics=True)
    assert model.head.training
    assert moved_norms(model) == []
    set_training(model, frozen_statistics=False)
    assert len(moved_norms(model)) == 9


def test_the_exported_graph_computes_what_the_classifier_does(model: Classifier) -> None:
    with torch.inference_mode():
        features, pixels = UpToFeatures(model)(photos())
        assert torch.equal(model.head(features), model(photos()))
        assert torch.equal(pixels, model.preprocess.seen(photos()))


def test_pixels_that_were_resized_before_give_the_same_logits(model: Classifier) -> None:
    with torch.inference_mode():
        seen = model.preprocess.seen(photos()).permute(0, 3, 1, 2).float()
        assert torch.equal(model.from_pixels(seen), model(photos()))
