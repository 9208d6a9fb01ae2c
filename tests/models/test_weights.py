import time
import urllib.request
from pathlib import Path
from typing import Any

import huggingface_hub
import pytest
import torch
from huggingface_hub.errors import LocalEntryNotFoundError
from safetensors.torch import save_file
from torch import Tensor

from tests.models.test_keras_mobilenet import planted, write_keras
from unseen.errors import UnseenError
from unseen.models.mobilenet import MobileNetV2
from unseen.models.preprocess import IMAGENET
from unseen.models.spec import HubWeights
from unseen.models.weights import (
    PretrainedWeights,
    find_weights,
    hub_weights,
    load_into,
    read_tensors,
    stated_normalisation,
    stated_padding,
)
from unseen.registry import find_spec

SPEC = find_spec("mobilenetv2")
WIDTH = 0.35


def refused(call: pytest.ExceptionInfo[UnseenError]) -> str:
    message = str(call.value)
    assert "\n" not in message
    return message


def tensors_of(width: float) -> dict[str, Tensor]:
    return {name: value.contiguous() for name, value in MobileNetV2(width).state_dict().items()}


def loaded(tensors: dict[str, Tensor]) -> PretrainedWeights:
    return PretrainedWeights(tensors, IMAGENET, "symmetric", "file.safetensors")


@pytest.mark.parametrize(
    ("stated", "mean", "std"),
    [
        ("RGB, 224x224, (x-128)/128", 128, 128),
        ("(x - 127.5) / 127.5", 127.5, 127.5),
        ("BGR ( x-0 )/255", 0, 255),
    ],
)
def test_metadata_states_the_normalisation(stated: str, mean: float, std: float) -> None:
    found = stated_normalisation({"input": stated})
    assert found.mean == (mean,) * 3
    assert found.std == (std,) * 3


def test_imagenets_normalisation_and_symmetric_padding_where_nothing_is_stated() -> None:
    assert stated_normalisation({}) == IMAGENET
    assert stated_normalisation({"input": "RGB"}) == IMAGENET
    assert stated_padding({}) == "symmetric"
    assert stated_padding({"padding": "TensorFlow SAME"}) == "same"


def test_a_file_gives_its_tensors_and_what_it_states(tmp_path: Path) -> None:
    path = tmp_path / "mine.safetensors"
    save_file({"a": torch.arange(3.0)}, path, metadata={"input": "(x-1)/2", "padding": "same"})
    found = find_weights(str(path), SPEC, 1.0)
    assert found is not None
    assert found.tensors["a"].tolist() == [0, 1, 2]
    assert found.normalisation.std == (2.0,) * 3
    assert (found.padding, found.source) == ("same", "mine.safetensors")


def test_none_is_no_weights() -> None:
    assert find_weights("none", SPEC, 1.0) is None


def test_every_tensor_is_copied_and_classifiers_are_ignored() -> None:
    source, target = MobileNetV2(WIDTH), MobileNetV2(WIDTH)
    assert not torch.equal(source.conv_stem.weight, target.conv_stem.weight)
    extra = {"classifier.weight": torch.zeros(1000, 1280), "classifier.bias": torch.zeros(1000)}
    load_into(target, loaded({**source.state_dict(), **extra}), SPEC)
    ours = target.state_dict()
    assert all(torch.equal(value, ours[name]) for name, value in source.state_dict().items())


def test_half_precision_is_widened() -> None:
    source, target = MobileNetV2(WIDTH), MobileNetV2(WIDTH)
    halves = {n: v.half() if v.is_floating_point() else v for n, v in source.state_dict().items()}
    load_into(target, loaded(halves), SPEC)
    assert target.conv_stem.weight.dtype == torch.float32
    assert torch.allclose(target.conv_stem.weight, source.conv_stem.weight, atol=1e-3)


def test_another_width_names_a_tensor_and_the_flag() -> None:
    target = MobileNetV2(WIDTH)
    before = target.conv_stem.weight.clone()
    with pytest.raises(UnseenError, match=r"has other shapes for \d+ tensors such as conv_stem.weight") as error:
        load_into(target, loaded(tensors_of(1.0)), SPEC)
    assert "--width" in refused(error)
    assert torch.equal(target.conv_stem.weight, before)


def test_missing_and_unknown_tensors_are_named() -> None:
    tensors = tensors_of(WIDTH)
    del tensors["bn2.weight"]
    with pytest.raises(UnseenError, match=r"misses 1 tensors such as bn2.weight"):
        load_into(MobileNetV2(WIDTH), loaded(tensors), SPEC)
    with pytest.raises(UnseenError, match=r"has unknown 1 tensors such as stray"):
        load_into(MobileNetV2(WIDTH), loaded({**tensors_of(WIDTH), "stray": torch.zeros(1)}), SPEC)


def test_a_missing_file_says_what_could_be_given(tmp_path: Path) -> None:
    with pytest.raises(UnseenError, match="no weights at") as error:
        find_weights(str(tmp_path / "gone.safetensors"), SPEC, 1.0)
    assert "--weights" in refused(error)


CLOSED_PORT = "http://127.0.0.1:9"


@pytest.mark.parametrize("content", [b"", b"not tensors at all", b"\x80\x04\x95pickle" * 20])
def test_other_bytes_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(content)
    with pytest.raises(UnseenError, match="is not a safetensors file") as error:
        read_tensors(path)
    assert str(path) in refused(error)


def test_imagenet_comes_from_the_hub_client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "model.safetensors"
    save_file({"a": torch.ones(2)}, path)
    asked: list[tuple[str, ...]] = []

    def fetch(*names: str, local_files_only: bool) -> str:
        if local_files_only and not asked:
            raise LocalEntryNotFoundError("not fetched yet")
        if not local_files_only:
            asked.append(names)
        return str(path)

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", fetch)
    monkeypatch.setattr("unseen.models.weights.ask_hub", lambda: None)
    found = find_weights("imagenet", SPEC, 0.5)
    assert found is not None
    again = find_weights("imagenet", SPEC, 0.5)  # the network is not asked a second time
    assert again is not None
    assert again.source == found.source
    assert asked == [("timm/mobilenetv2_050.lamb_in1k", "model.safetensors")]
    assert found.tensors["a"].tolist() == [1, 1]
    assert found.source == "timm/mobilenetv2_050.lamb_in1k (Apache-2.0)"


def test_cached_weights_are_taken_without_asking_the_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "model.safetensors"
    save_file({"a": torch.ones(2)}, path)

    def absent(*_: str, local_files_only: bool) -> str:
        assert local_files_only
        raise LocalEntryNotFoundError("not fetched yet")

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", absent)
    assert find_weights("cached", SPEC, 1.0) is None
    monkeypatch.setattr(huggingface_hub, "hf_hub_download", lambda *_, local_files_only: str(path))
    found = find_weights("cached", SPEC, 1.0)
    assert found is not None
    assert found.source == "timm/mobilenetv2_100.ra_in1k (Apache-2.0)"
    assert find_weights("cached", SPEC, 0.3) is None


@pytest.mark.parametrize("failure", [LocalEntryNotFoundError("offline"), ConnectionError("no route"), OSError("full")])
def test_imagenet_offline_names_the_file_and_the_way_round(monkeypatch: pytest.MonkeyPatch, failure: Exception) -> None:
    def offline(*_: str, local_files_only: bool) -> str:
        raise LocalEntryNotFoundError("not fetched yet") if local_files_only else failure

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", offline)
    monkeypatch.setattr("unseen.models.weights.ask_hub", lambda: None)
    with pytest.raises(UnseenError, match=r"mobilenetv2_100.ra_in1k cannot be downloaded") as error:
        find_weights("imagenet", SPEC, 1.0)
    assert str(failure) in refused(error)
    assert "fetch https://huggingface.co/timm/mobilenetv2_100.ra_in1k/resolve/main/model.safetensors" in refused(error)
    assert "--weights none" in refused(error)


def test_a_hub_out_of_reach_is_said_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", CLOSED_PORT)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    began = time.monotonic()
    with pytest.raises(UnseenError, match=r"mobilenetv2_100.ra_in1k cannot be downloaded") as error:
        find_weights("imagenet", SPEC, 1.0)
    assert f"{CLOSED_PORT} is out of reach" in refused(error)
    assert time.monotonic() - began < 5  # the client alone takes 26 s, and a line on the screen for each try
    assert capfd.readouterr() == ("", "")


def test_a_file_under_an_address_is_fetched_once_and_only_when_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UNSEEN_CACHE", str(tmp_path / "cache"))
    write_keras(planted(), tmp_path / "published.h5")
    asked: list[str] = []

    def opened(address: str, timeout: float) -> Any:
        asked.append(address)
        return (tmp_path / "published.h5").open("rb")

    monkeypatch.setattr(urllib.request, "urlopen", opened)
    assert find_weights("cached", SPEC, 0.35) is None
    assert not asked
    found, again = (find_weights("imagenet", SPEC, 0.35) for _ in range(2))
    assert asked == [SPEC.hub[0.35].url + SPEC.hub[0.35].filename]
    assert found is not None
    assert again is not None
    assert found.padding == "same"
    assert torch.equal(found.tensors["conv_stem.weight"], again.tensors["conv_stem.weight"])
    monkeypatch.setattr(urllib.request, "urlopen", lambda *_, timeout: (_ for _ in ()).throw(OSError("no route")))
    monkeypatch.setenv("UNSEEN_CACHE", str(tmp_path / "other"))
    with pytest.raises(UnseenError, match=r"fetch https://\S+\.h5 on another machine"):
        find_weights("imagenet", SPEC, 0.35)


def test_widths_without_published_weights_name_those_with() -> None:
    assert hub_weights(SPEC, 1.4) == HubWeights("timm/mobilenetv2_140.ra_in1k")
    with pytest.raises(UnseenError, match=r"mobilenetv2 at width 0.4") as error:
        hub_weights(SPEC, 0.4)
    assert "--width 0.35, --width 0.5, --width 1, --width 1.4" in refused(error)
    with pytest.raises(UnseenError, match=r"cnn-asl") as error:
        hub_weights(find_spec("cnn-asl"), 1.0)
    assert "--width" not in refused(error)
