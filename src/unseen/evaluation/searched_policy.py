"""Hold what a search for an augmentation policy found, and whether it is used."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from unseen.augment.policy_space import Kind
from unseen.evaluation.paired import Difference


class Outcome(StrEnum):
    """Whether the searched policy is used, or why the default stays."""

    USED = "used"
    NO_BETTER = "no-better"
    GUESSING = "guessing"
    DEFAULT_BEST = "default-best"
    FEW_GROUPS = "few-groups"
    NO_TIME = "no-time"


@dataclass(frozen=True, slots=True)
class SearchedKind:
    """One kind of change. strength: of the best policy, `usual` of the default; 1 is the default's.

    importance: by how many nats a photo the loss on held-out groups rises where it is turned off; `None` where it is
    off. accuracy: without it. mattered: it is one of those that made the difference.
    """

    kind: Kind
    usual: float
    strength: float
    importance: float | None
    accuracy: float | None
    mattered: bool


@dataclass(frozen=True, slots=True)
class TriedPolicy:
    """One trial on the groups that pick. loss: nats a photo."""

    strengths: dict[Kind, float]
    loss: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class SearchedPolicy:
    """A search. picking, confirming: groups of photos that chose the policy, and others that confirmed it.

    apart: they are of the validation part alone. trials: the default first. difference: accuracy of the default and of
    the best policy on the confirming groups; p_value: of so large a gain by chance.
    """

    outcome: Outcome
    picking: int = 0
    confirming: int = 0
    apart: bool = False
    kinds: tuple[SearchedKind, ...] = ()
    trials: tuple[TriedPolicy, ...] = ()
    difference: Difference | None = None
    p_value: float | None = None
    minutes_needed: float | None = None

    @property
    def mattered(self) -> list[Kind]:
        """Kinds of change that made the difference, the most important first."""
        return [row.kind for row in self.kinds if row.mattered]

    def as_dict(self) -> dict[str, Any]:
        """Return what `metrics.json` holds of it."""
        return {**asdict(self), "mattered": self.mattered}
