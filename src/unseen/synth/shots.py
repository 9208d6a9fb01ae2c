"""Plan the photos of a rendered set: which person shows which sign in which room."""

from collections.abc import Sequence
from dataclasses import dataclass

from unseen.config import Layout
from unseen.errors import SettingError
from unseen.paths import safe_name
from unseen.synth.people import make_person
from unseen.synth.poses import SIGNS, Signs

HEADER = ("path", "group", "label", "person", "room", "hand", "tone", "light")


SIDES_PX = (32, 1024)


@dataclass(frozen=True, slots=True)
class RenderConfig:
    """Settings of `unseen render`; raises `UnseenError` for values that cannot be rendered.

    copy: a folder of photos whose signs are rendered instead of `signs`. layout, labels_from: how these are read.
    """

    signs: str = "digits"
    people: int = 12
    rooms: int = 8
    photos: int = 2000
    image_size: int = 128
    seed: int = 0
    copy: str | None = None
    layout: Layout = "auto"
    labels_from: str | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be rendered."""
        if self.signs not in SIGNS:
            raise SettingError("signs", f"is {self.signs!r}: use {', '.join(SIGNS)}")
        for name in ("people", "rooms", "photos"):
            if getattr(self, name) < 1:
                raise SettingError(name, f"is {getattr(self, name)}: use 1 or more")
        if not SIDES_PX[0] <= self.image_size <= SIDES_PX[1]:
            raise SettingError("image_size", f"is {self.image_size}: use {SIDES_PX[0]} to {SIDES_PX[1]} pixels")


@dataclass(frozen=True, slots=True)
class Shot:
    """One photo to take. Replace a field to fix a factor or to tie it to the label, as in
    `[replace(shot, room=classes.index(shot.label)) for shot in shots]`.

    person, room: numbers from 0. left: the hand shown. light: brightness factor of all light.
    """

    number: int
    label: str
    person: int
    room: int
    left: bool
    light: float = 1.0

    @property
    def path(self) -> str:
        """`LABEL/personP-roomR-N.jpg`, below the folder of the set."""
        return f"{safe_name(self.label)}/person{self.person + 1:03}-room{self.room + 1:03}-{self.number:05}.jpg"


def plan_shots(config: RenderConfig, signs: Signs | None = None) -> tuple[Shot, ...]:
    """Let every person show every sign about equally often; signs: by default those that `config` names.

    People share rooms only where there are fewer rooms, and rooms are shared by as few as can be, so that a split by
    `groups_of` leaves out people and rooms together.
    """
    labels, people, rooms = list(SIGNS[config.signs] if signs is None else signs), config.people, config.rooms
    left = [make_person(config.seed, person).left for person in range(people)]
    shots = []
    for number in range(config.photos):
        turn, label = divmod(number, len(labels))
        person = turn % people
        theirs = [person % rooms] if rooms <= people else list(range(person, rooms, people))
        room = theirs[turn // people % len(theirs)]
        shots.append(Shot(number, labels[label], person, room, left[person]))
    return tuple(shots)


def groups_of(shots: Sequence[Shot]) -> tuple[str, ...]:
    """Name the group of each shot: people who were in one room belong together, so that neither crosses a split."""
    root: dict[tuple[str, int], tuple[str, int]] = {}

    def find(place: tuple[str, int]) -> tuple[str, int]:
        while root.setdefault(place, place) != place:
            place = root[place]
        return place

    for shot in shots:
        person, room = find(("person", shot.person)), find(("room", shot.room))
        root[max(person, room)] = min(person, room)
    return tuple(f"person{find(('person', shot.person))[1] + 1:03}" for shot in shots)


def factor_rows(shots: Sequence[Shot], seed: int) -> list[tuple[object, ...]]:
    """Return one row a shot for `HEADER`: a table that `unseen train --groups` takes."""
    tones = {person: make_person(seed, person).tone for person in {shot.person for shot in shots}}
    return [
        (
            shot.path, group, shot.label, shot.person + 1, shot.room + 1, "left" if shot.left else "right",
            f"{tones[shot.person] + 1:.1f}", f"{shot.light:g}",
        )
        for shot, group in zip(shots, groups_of(shots), strict=True)
    ]  # fmt: skip
