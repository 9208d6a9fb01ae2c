"""Choose where training runs and in which precision."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass

import torch

from unseen.errors import SettingError


@dataclass(frozen=True, slots=True)
class Runtime:
    """A device and whether forward and backward passes run in bfloat16 (weights stay float32)."""

    device: torch.device
    bf16: bool

    def autocast(self) -> AbstractContextManager[object]:
        """Return the context that forward passes run in."""
        if not self.bf16:
            return nullcontext()
        return torch.autocast(self.device.type, torch.bfloat16)


def find_runtime(device: str, precision: str) -> Runtime:
    """Resolve `auto`: the GPU where there is one; bfloat16 only where the hardware multiplies it natively.

    On CPUs without AVX512-BF16 or AMX bfloat16 is emulated and slower than float32; with it, a training step of
    MobileNetV2 takes about 0.6 of the float32 time (docs/performance.md).
    """
    name = ("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else device
    try:
        chosen = torch.device(name)
        torch.empty(1, device=chosen)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise SettingError("device", f"is {name}, which cannot be used ({reason}): use cpu") from None
    return Runtime(chosen, multiplies_bf16(chosen) if precision == "auto" else precision == "bf16")


def multiplies_bf16(device: torch.device) -> bool:
    """Say whether `device` has native bfloat16 arithmetic."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    # private in every release so far, hence the fallback: a wrong "no" costs time, never accuracy
    checks: list[Callable[[], bool]] = [
        getattr(torch.cpu, name, lambda: False) for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    ]
    return device.type == "cpu" and any(check() for check in checks)


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep torch to one thread, for products too small to be shared out.

    A head is fitted as fast in one thread as in two, for half the CPU time, and beside other work sooner: no thread
    waits for another to be given its turn (docs/log.md).
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
