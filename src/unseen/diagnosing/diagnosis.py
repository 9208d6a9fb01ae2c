"""Hold what was found about somebody else's model: how it reads photos, what mistakes cost, how good it is."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from unseen.diagnosing.claim import Claim, Evidence
from unseen.diagnosing.class_match import How
from unseen.diagnosing.differences import Difference
from unseen.diagnosing.photo_reading import Reading
from unseen.diagnosing.without_labels import Unlabelled
from unseen.diagnosing.withstands import Withstands
from unseen.evaluation.paired import Difference as Paired
from unseen.foreign.network import Stored
from unseen.records import Interval, Rejected, not_measured

Suspect = Literal["preprocessing", "classes", "photos", "model", "nothing"]
"""What most of the failure is due to."""

BELOW = 0.05  # of accuracy: a difference that is worth a word


@dataclass(frozen=True, slots=True)
class OwnPhotos:
    """How the model does on the user's own photos, prepared rightly, and what each difference costs there."""

    source: str
    accuracy: Interval
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Fixed:
    """Our model, trained on the same photos. run: its folder. accuracy: on the photos that it held out.

    held_out, own: both models on those photos, before and after, and on the user's own; `None` where there are none.
    The other model may have been trained on what ours held out.
    """

    run: str
    accuracy: Interval | None
    held_out: Paired | None = None
    own: Paired | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return a JSON-ready copy."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What `unseen doctor` found.

    model, kind: the file and what it is. reading: how it is given photos, `None` where it prepares them itself, or
    where nothing is claimed. evidence: how far its answers are from guessing, measured on `judged` photos; `searched`
    photos were used to find the reading, and are others where `apart`. outputs: the model's class of each folder, by
    name or number; how: where that is known from; order_wrong: what was stated is another order. answers: what its
    outputs are. inside: arithmetic that it does itself; stored, rank: see `InputSpec`. equal: by part, values that
    give the same answers. usual: what the usual mistakes cost; stated: what the user's own way (`theirs`) costs.
    own, unlabelled: on the user's own photos. fixed: what ours reaches instead. withstands: why it is wrong and what it
    withstands, on the user's own photos where there are some. rejected: files that are in no number.
    """

    model: str
    kind: str
    reading: Reading | None
    channels: int
    claim: Claim
    evidence: Evidence
    searched: int
    judged: int
    apart: bool
    folders: tuple[str, ...]
    outputs: tuple[str, ...]
    how: How
    order_wrong: bool
    answers: str
    inside: tuple[str, ...] = ()
    stored: Stored | None = None
    rank: int = 4
    equal: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    usual: tuple[Difference, ...] = ()
    theirs: Reading | None = None
    stated: tuple[Difference, ...] = ()
    own: OwnPhotos | None = None
    unlabelled: Unlabelled | None = None
    fixed: Fixed | None = None
    withstands: Withstands | None = None
    notes: tuple[str, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def accuracy(self) -> Interval:
        """The accuracy on photos that the search did not see."""
        return self.evidence.accuracy

    @property
    def lost(self) -> float:
        """Accuracy that the user's own way of preparing photos loses, 0 where it is not known."""
        return max((one.points.value or 0.0 for one in self.stated), default=0.0)

    @property
    def worse_elsewhere(self) -> bool:
        """Say whether the model does worse on the user's own photos, prepared as rightly."""
        elsewhere = self.own.accuracy.value if self.own else self.unlabelled.accuracy.value if self.unlabelled else None
        return elsewhere is not None and elsewhere < (self.accuracy.value or 0.0) - BELOW

    @property
    def suspect(self) -> Suspect:
        """Name what to mend first."""
        if self.claim == "nothing":
            return "model"
        if self.order_wrong:
            return "classes"
        if self.lost >= BELOW:
            return "preprocessing"
        if self.worse_elsewhere:
            return "photos"
        return "nothing" if (self.accuracy.value or 0.0) >= 1 - 2 * BELOW else "model"

    def as_dict(self) -> dict[str, Any]:
        """Return the content of `doctor.json`."""
        found = {
            name: getattr(self, name) for name in ("model", "kind", "channels", "claim", "searched", "judged", "apart")
        }
        return {
            **found,
            "suspect": self.suspect,
            "accuracy": asdict(self.accuracy),
            "chance": self.evidence.chance,
            "log_loss_saved": self.evidence.saved,
            "preprocessing": self.reading.as_dict() if self.reading else None,
            "as": str(self.reading) if self.reading else None,
            "equivalent": {part: list(values) for part, values in self.equal.items()},
            "classes": dict(zip(self.folders, self.outputs, strict=True)),
            "classes_from": self.how,
            "class_order_wrong": self.order_wrong,
            "outputs": self.answers,
            "inside": list(self.inside),
            "input_levels": asdict(self.stored) if self.stored else None,
            "mistakes": [one.as_dict() for one in self.usual],
            "yours": str(self.theirs) if self.theirs else None,
            "differences": [one.as_dict() for one in self.stated],
            "own_photos": self._own(),
            "expected_without_labels": self.unlabelled.as_dict() if self.unlabelled else None,
            "withstands": self.withstands.as_dict() if self.withstands else None,
            "fixed": self.fixed.as_dict() if self.fixed else None,
            "notes": list(self.notes),
            "not_measured": not_measured(self.rejected),
            "seconds": dict(self.seconds),
        }

    def _own(self) -> dict[str, Any] | None:
        if self.own is None:
            return None
        differences = [one.as_dict() for one in self.own.differences]
        return {"photos": self.own.source, "accuracy": asdict(self.own.accuracy), "differences": differences}
