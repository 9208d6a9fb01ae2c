"""A run that was interrupted and resumed must end with the very numbers of one that was not."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from torch import Tensor

from tests.training.tiny import fit, same, timeless, tuner, weights
from unseen.progress import Silent, Task
from unseen.training import finetune
from unseen.training.average import MovingAverage
from unseen.training.finetune import FineTuner
from unseen.training.fit_state import FitState

EPOCHS = 3


class Interrupting(Silent):
    """A bar that is interrupted when it has been moved `steps` times (the first move is where a run starts from)."""

    def __init__(self, steps: int) -> None:
        self.left = steps + 1

    @contextmanager
    def task(self, name: str, total: int | None, unit: str) -> Iterator[Task]:
        yield self

    def advance(self, steps: int = 1, note: str = "") -> None:
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt


def new() -> FineTuner:
    return tuner(augment="strong", dropout=0.3, norm="batch-renorm")


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[FitState, dict[str, Tensor]]:
    training = new()
    state = fit(training, tmp_path_factory.mktemp("whole"), EPOCHS)
    return state, weights(training)


def resumed_equals(folder: Path, undisturbed: tuple[FitState, dict[str, Tensor]]) -> None:
    training = new()
    state = fit(training, folder, EPOCHS)
    assert same(weights(training), undisturbed[1])
    assert timeless(state.history) == timeless(undisturbed[0].history)
    assert (state.best_epoch, state.best_loss) == (undisturbed[0].best_epoch, undisturbed[0].best_loss)


@pytest.mark.parametrize("steps", [1, 5, 6, 9, 18])
@pytest.mark.parametrize("every_step", [False, True], ids=["saved each epoch", "saved each step"])
def test_after_an_interrupt_at_any_step(
    tmp_path: Path,
    undisturbed: tuple[FitState, dict[str, Tensor]],
    steps: int,
    every_step: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if every_step:
        monkeypatch.setattr(finetune, "CHECKPOINT_SECONDS", -1.0)
    with pytest.raises(KeyboardInterrupt):
        fit(new(), tmp_path, EPOCHS, progress=Interrupting(steps))
    resumed_equals(tmp_path, undisturbed)


def interrupted(*_: Any, **__: Any) -> Any:
    raise KeyboardInterrupt


@pytest.mark.parametrize("where", ["average", "validation", "history", "checkpoint"])
def test_after_an_interrupt_inside_a_step_or_at_the_end_of_an_epoch(
    tmp_path: Path,
    undisturbed: tuple[FitState, dict[str, Tensor]],
    where: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(finetune, "CHECKPOINT_SECONDS", -1.0)
    training = new()
    with pytest.raises(KeyboardInterrupt):
        fit(training, tmp_path, EPOCHS, progress=Interrupting(4))
    training = new()
    hooks: dict[str, Any] = {}
    with monkeypatch.context() as patch:
        if where == "average":  # the weights have moved, the average and the step count have not
            patch.setattr(MovingAverage, "update", interrupted)
        elif where == "validation":
            patch.setattr(FineTuner, "judge", interrupted)
        elif where == "history":
            hooks["on_epoch"] = interrupted
        else:
            patch.setattr(finetune, "save_checkpoint", interrupted)
        with pytest.raises(KeyboardInterrupt):
            fit(training, tmp_path, EPOCHS, **hooks)
    resumed_equals(tmp_path, undisturbed)


def test_a_finished_run_is_not_trained_further(tmp_path: Path, undisturbed: tuple[FitState, dict[str, Tensor]]) -> None:
    fit(new(), tmp_path, EPOCHS)
    resumed_equals(tmp_path, undisturbed)


def test_interrupted_twice(
    tmp_path: Path, undisturbed: tuple[FitState, dict[str, Tensor]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finetune, "CHECKPOINT_SECONDS", -1.0)
    for steps in (4, 6):
        with pytest.raises(KeyboardInterrupt):
            fit(new(), tmp_path, EPOCHS, progress=Interrupting(steps))
    resumed_equals(tmp_path, undisturbed)
