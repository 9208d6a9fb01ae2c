import pytest
import torch

from unseen.errors import UnseenError
from unseen.model_tables import list_models
from unseen.models.spec import BackboneOptions
from unseen.registry import SPECS, build_backbone, find_spec

SMALL = {"mobilenetv2": 0.1}


@pytest.mark.parametrize("name", list(SPECS))
def test_every_model_keeps_the_contract_of_a_backbone(name: str) -> None:
    spec = find_spec(name)
    assert spec.name == name
    backbone = build_backbone(spec, BackboneOptions(96, SMALL.get(name, 1.0), norm=spec.norm)).eval()
    with torch.inference_mode():
        assert backbone(torch.zeros(2, 3, 96, 96)).shape == (2, backbone.features)
    held = [id(p) for _, modules in backbone.stages() for m in modules for p in m.parameters()]
    assert sorted(held) == sorted(id(p) for p in backbone.parameters())
    assert all(width > 0 for width in spec.hidden_layers)


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(UnseenError, match="model 'resnet' is not known: use mobilenetv2, handnet, vgg16, cnn-fingers"):
        find_spec("resnet")


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("cnn-asl", BackboneOptions(128, 0.5), "cnn-asl has no --width"),
        ("mobilenetv2", BackboneOptions(160, 0.05), "width 0.05 is out of range"),
        ("mobilenetv2", BackboneOptions(160, float("nan")), "width nan is out of range"),
        ("mobilenetv2", BackboneOptions(160, norm="layer"), "norm 'layer' is not known: use none, batch, batch-renorm"),
        ("cnn-asl", BackboneOptions(32, norm="none"), "cnn-asl cannot be built at 32 px"),
    ],
)
def test_options_that_do_not_fit_are_one_line(name: str, options: BackboneOptions, said: str) -> None:
    with pytest.raises(UnseenError) as error:
        build_backbone(find_spec(name), options)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("side_px", range(64, 94, 2))
def test_a_side_too_small_is_refused_with_a_normalisation_too(side_px: int) -> None:
    """The last map is one pixel before its pool at some of these sides, where a batch of one has no variance."""
    with pytest.raises(UnseenError, match="use a larger --image-size"):
        build_backbone(find_spec("cnn-asl"), BackboneOptions(side_px, norm="batch"))


def test_the_list_has_one_row_a_width_and_states_where_weights_are() -> None:
    rows = list_models((0.35, 1.0))
    assert [(r.name, r.width) for r in rows] == [
        ("mobilenetv2", 0.35), ("mobilenetv2", 1.0), ("handnet", 1.0), ("vgg16", 1.0), ("cnn-fingers", 1.0),
        ("cnn-asl", 1.0),
    ]  # fmt: skip
    assert [r.parameters for r in rows[:3]] == [396_128, 2_223_872, 1_954_068]
    assert [r.weights for r in rows[:2]] == ["Keras Applications' MobileNetV2 0.35", "timm/mobilenetv2_100.ra_in1k"]
    assert rows[3].features == 512
    assert rows[2].weights == "builtin"
    assert rows[2].as_dict()["side_px"] == 128
