"""The records of an explanation: what was seen, what was tried, what is accused."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from unseen.explanation.causes import Cause
from unseen.explanation.foreground import CutBy
from unseen.explanation.hand_difference import Difference
from unseen.explanation.joint_replay import JointReplay
from unseen.records import Float32Array, Rejected, Uint8Array, not_measured


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the model says of a photo after a replay; right: the probability of the right class, where it is known.

    nameless: it gets no label, `label` is the class that it is most like.
    """

    replay: str
    label: str
    probability: float
    right: float | None
    nameless: bool = False


@dataclass(frozen=True, slots=True)
class Accused:
    """A cause, surest first among others. score: natural logarithm of its share of all that is suspected.

    replay: that moved the answer to the right one, with the smallest change; `None` where the photo's own measures say
    so. probability: of the right class after it.
    """

    cause: Cause
    score: float
    replay: str | None
    probability: float | None


@dataclass(frozen=True, slots=True)
class Channel:
    """The values of one channel of what the network is given."""

    low: float
    high: float
    mean: float
    spread: float


@dataclass(frozen=True, slots=True)
class Input:
    """The exact input: pixels (S, S, 3) uint8, each channel's values before and after normalisation."""

    pixels: Uint8Array
    before: tuple[Channel, ...]
    after: tuple[Channel, ...]


@dataclass(frozen=True, slots=True)
class Near:
    """A training photo that is like this one. distance: 0 for the same features, 2 for opposite ones.

    picture: small, where the bundle keeps it.
    """

    path: str
    label: str
    distance: float
    picture: Uint8Array | None = None

    def as_dict(self) -> dict[str, object]:
        """Return a JSON-ready copy, without the picture."""
        return {"path": self.path, "label": self.label, "distance": self.distance}


@dataclass(frozen=True, slots=True)
class Covered:
    """Whether training covered the photo. percentile: the share of held-out photos that are nearer to training."""

    percentile: float
    nearest: tuple[Near, ...]

    def as_dict(self) -> dict[str, object]:
        """Return a JSON-ready copy."""
        return {"percentile": self.percentile, "nearest": [one.as_dict() for one in self.nearest]}


@dataclass(frozen=True, slots=True)
class Pose:
    """How the hand is held. share: of what speaks for the answer, how much the pose is. fingers: each one's of that.

    difference: from training's nearest hand of the right class. replayed: the answer with that hand's joints. near:
    that photo's path, where it is known.
    """

    share: float | None
    fingers: Mapping[str, float]
    difference: Difference | None = None
    replayed: JointReplay | None = None
    near: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a model says what it says of one photo.

    true: the label that was given. target: the class that the answer should have been, as far as is known or
    neighbours and replays agree; `None` where nothing speaks against the answer. unusual: measures beyond training's
    1st or 99th percentile, by how rare they are (natural logarithm). photo, changed: pixels, as it is and after the
    replays of its causes. missing: what the bundle lacks for more. unknown: how probable it is that the photo shows
    nothing the model knows, `None` where that was not asked; nameless: whether it therefore gets no label. extends:
    see `can_be_extended`.
    """

    path: str
    classes: tuple[str, ...]
    probabilities: tuple[float, ...]
    true: str | None
    target: str | None
    causes: tuple[Accused, ...]
    replays: tuple[Outcome, ...]
    measures: Mapping[str, float]
    unusual: Mapping[str, float]
    cut_by: CutBy
    box: tuple[float, float, float, float] | None = None
    joints: Float32Array | None = None
    given: Input | None = None
    photo: Uint8Array | None = None
    changed: Mapping[str, Uint8Array] = field(default_factory=dict)
    covered: Covered | None = None
    looked: Float32Array | None = None
    pose: Pose | None = None
    missing: tuple[str, ...] = ()
    unknown: float | None = None
    nameless: bool = False
    extends: bool = True

    @property
    def label(self) -> str:
        """The model's answer, or where the photo is `nameless` the class that it is most like."""
        return self.classes[max(range(len(self.classes)), key=self.probabilities.__getitem__)]

    @property
    def probability(self) -> float:
        """The probability of the answer."""
        return max(self.probabilities)

    @property
    def right(self) -> bool | None:
        """Whether the answer is the stated label; `None` where none was stated."""
        return None if self.true is None else self.label == self.true

    @property
    def missed(self) -> bool:
        """Whether the photo should have got a label that it did not get, as far as is known."""
        return self.target is not None and (self.nameless or self.target != self.label)

    def as_dict(self) -> dict[str, object]:
        """Return a JSON-ready copy; pictures are left to pages."""
        from unseen.explanation.cause_wording import advice, held, sentence

        return {
            "path": self.path,
            "label": None if self.nameless else self.label,
            "probability": self.probability,
            "unknown": self.unknown,
            "probabilities": dict(zip(self.classes, self.probabilities, strict=True)),
            "true": self.true,
            "right": self.right,
            "target": self.target,
            "causes": [
                asdict(one) | {"says": sentence(one, self), "advice": advice(one.cause, self.extends)}
                for one in self.causes
            ],
            "replays": [asdict(one) for one in self.replays],
            "covered": self.covered.as_dict() if self.covered else None,
            "unusual": dict(self.unusual),
            "measures": dict(self.measures),
            "cut_by": self.cut_by,
            "box": self.box,
            "joints": None if self.joints is None else self.joints.tolist(),
            "pose": None if self.pose is None else {
                **asdict(self.pose), "says": held(self),
            },
            "looked": None if self.looked is None else self.looked.round(3).tolist(),
            "input": None if self.given is None else {
                "side_px": len(self.given.pixels),
                "before": [asdict(channel) for channel in self.given.before],
                "after": [asdict(channel) for channel in self.given.after],
            },
            "missing": list(self.missing),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Explained:
    """The explanations of several photos, and what could not be used."""

    photos: tuple[Explanation, ...]
    rejected: tuple[Rejected, ...]

    @property
    def counts(self) -> dict[Cause, int]:
        """How many photos each cause accounts for, as the first of theirs, most frequent first."""
        return dict(Counter(photo.causes[0].cause for photo in self.photos if photo.causes).most_common())

    def worst(self, cause: Cause) -> Explanation:
        """Return the photo on which the model is surest of a wrong answer for this cause."""
        return max((p for p in self.photos if p.causes and p.causes[0].cause is cause), key=lambda p: p.probability)

    def as_dict(self) -> dict[str, object]:
        """Return a JSON-ready copy."""
        return {
            "photos": [photo.as_dict() for photo in self.photos],
            "causes": [
                {"cause": cause, "photos": photos, "worst": self.worst(cause).path}
                for cause, photos in self.counts.items()
            ],
            "not_measured": not_measured(self.rejected),
            "rejected": [{"path": row.path, "reason": row.reason} for row in self.rejected],
        }
