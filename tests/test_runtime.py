import pytest
import torch

from unseen import runtime as module
from unseen.errors import UnseenError
from unseen.runtime import Runtime, find_runtime, multiplies_bf16

CPU = torch.device("cpu")


def product(runtime: Runtime) -> torch.dtype:
    with runtime.autocast():
        return (torch.ones(2, 2) @ torch.ones(2, 2)).dtype


def test_bf16_runs_products_in_bfloat16_and_fp32_does_not() -> None:
    assert product(find_runtime("cpu", "bf16")) == torch.bfloat16
    assert product(find_runtime("cpu", "fp32")) == torch.float32


@pytest.mark.parametrize("native", [True, False])
def test_auto_takes_bf16_only_where_it_is_native(monkeypatch: pytest.MonkeyPatch, native: bool) -> None:
    monkeypatch.setattr(module, "multiplies_bf16", lambda device: native)
    assert find_runtime("cpu", "auto").bf16 is native


@pytest.mark.parametrize(("avx", "amx"), [(True, False), (False, True), (False, False)])
def test_either_instruction_set_will_do(monkeypatch: pytest.MonkeyPatch, avx: bool, amx: bool) -> None:
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: avx, raising=False)
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: amx, raising=False)
    assert multiplies_bf16(CPU) is (avx or amx)


def test_a_torch_without_the_private_checks_answers_no(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(torch.cpu, "_is_avx512_bf16_supported", raising=False)
    monkeypatch.delattr(torch.cpu, "_is_amx_tile_supported", raising=False)
    assert multiplies_bf16(CPU) is False


@pytest.mark.parametrize("device", ["tpu", "cuda:99", "quantum device"])
def test_a_device_that_is_not_there_is_one_line(device: str) -> None:
    with pytest.raises(UnseenError, match="cannot be used") as error:
        find_runtime(device, "auto")
    assert "use cpu" in str(error.value)
    assert "\n" not in str(error.value)


def test_auto_is_the_cpu_without_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert find_runtime("auto", "fp32").device.type == "cpu"
