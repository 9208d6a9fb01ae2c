"""Hold the progress of fine-tuning, and convert it to JSON-ready facts and back."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from torch import Tensor

from unseen.saved import read_record
from unseen.training.history import EpochRow
from unseen.training.selection import Score


@dataclass
class FitState:
    """The progress at a checkpoint. best: averaged weights of the epoch with the lowest `best_loss` so far, those of
    the fitted head (`best_epoch` 0) until an epoch is better. head: its score. abandoned: too slow for an epoch.
    """

    step: int = 0
    seconds: float = 0.0
    history: list[EpochRow] = field(default_factory=list)
    best: dict[str, Tensor] | None = None
    best_loss: float = float("inf")
    best_epoch: int = 0
    loss_sum: float = 0.0
    right: int = 0
    seen: int = 0
    stopped: bool = False
    abandoned: bool = False
    planned: int = 0
    head: Score | None = None

    def facts(self) -> dict[str, Any]:
        """Return everything but `best`, JSON-ready: an infinite loss is `None`."""
        facts = {name: getattr(self, name) for name in _SAVED}
        facts["best_loss"] = self.best_loss if self.best_loss < float("inf") else None
        facts["history"] = [asdict(row) for row in self.history]
        facts["head"] = asdict(self.head) if self.head else None
        return facts

    @classmethod
    def of(cls, facts: Mapping[str, Any], best: dict[str, Tensor] | None) -> "FitState":
        """Undo `facts`."""
        values = {name: facts[name] for name in _SAVED if facts.get(name) is not None}
        return replace(read_record(cls, values), best=best)


_SAVED = tuple(field.name for field in fields(FitState) if field.name != "best")
