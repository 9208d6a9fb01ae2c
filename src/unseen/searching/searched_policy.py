"""Hold what a search for an augmentation policy found, and whether it is used."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from unseen.evaluation.paired import Difference
from unseen.searching.policy_space import Kind


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
    """One kind of change. strength: of the best policy, `usual` of the default; 1 is that of `unseen`.

    importance: by how many nats a photo the loss on held-out groups rises where it is turned off, the mean of both
    halves; `None` where both have it off. mattered: it is one of those that made the difference.
    """

    kind: Kind
    usual: float
    strength: float
    importance: float | None
    mattered: bool


@dataclass(frozen=True, slots=True)
class TriedPolicy:
    """One trial as half of the groups, 0 or 1, saw it. loss: nats a photo."""

    half: int
    strengths: dict[Kind, float]
    loss: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class SearchedPolicy:
    """A search. groups: how many judged, each the policy that was chosen without it.

    apart: they are of the validation part alone. trials: of each half, the default first. difference: accuracy with the
    default and with the policies that were chosen; p_value: of so large a gain by chance. minutes_needed: the time
    limit that would do where it was too short. tuned_steps: of the short fine-tunings that the difference is of, 0
    where there was no time for them, `None` where the run does not fine-tune and the difference is of heads.
    """

    outcome: Outcome
    groups: int = 0
    apart: bool = False
    kinds: tuple[SearchedKind, ...] = ()
    trials: tuple[TriedPolicy, ...] = ()
    difference: Difference | None = None
    p_value: float | None = None
    minutes_needed: float | None = None
    tuned_steps: int | None = None

    @property
    def tried(self) -> int:
        """How many policies were tried; random ones were tried by both halves."""
        return len({tuple(sorted(one.strengths.items())) for one in self.trials})

    @property
    def mattered(self) -> list[Kind]:
        """Kinds of change that made the difference, the most important first."""
        return [row.kind for row in self.kinds if row.mattered]

    def as_dict(self) -> dict[str, Any]:
        """Return what `metrics.json` holds of it."""
        return {**asdict(self), "mattered": self.mattered}
