"""Define the signs: mean joint angles, touches, and the usual ways to hold them towards a camera."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from unseen.records import Float64Array
from unseen.synth.touch import Touch

Angles4 = tuple[float, float, float, float]
Angles5 = tuple[float, float, float, float, float]


@dataclass(frozen=True, slots=True)
class View:
    """How a sign is held: degrees by which the hand, palm to the camera and fingers up, turns about the upright axis
    (90: its little finger to the camera), nods to the camera, and rolls (90: fingers to the left).
    """

    turn: float = 0.0
    nod: float = 0.0
    roll: float = 0.0
    spread: float = 14.0
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Pose:
    """One way to show a sign. angles: (23,) float64 degrees, see `skeleton.ANGLES`."""

    angles: Float64Array
    touches: tuple[Touch, ...] = ()
    views: tuple[View, ...] = (View(),)


# The ways to show each sign, by its label.
Signs = Mapping[str, tuple[Pose, ...]]

STRAIGHT: Angles4 = (0, 2, 5, 3)
CURLED: Angles4 = (0, 80, 100, 58)
# Fingers spread like a fan, and side by side.
FAN = {"index": 11.0, "middle": 1.0, "ring": -10.0, "pinky": -21.0}
TOGETHER = {"index": -2.0, "middle": 0.0, "ring": 2.0, "pinky": 5.0}

THUMB_OUT: Angles5 = (55, 12, 45, 2, -5)
THUMB_LOOSE: Angles5 = (38, 22, 55, 10, 12)
THUMB_BESIDE: Angles5 = (8, 12, 50, 4, 2)
THUMB_ACROSS: Angles5 = (20, 42, 105, 42, 45)
THUMB_MEETS: Angles5 = (30, 52, 125, 18, 22)
THUMB_OVER: Angles5 = (22, 48, 100, 38, 45)

FRONT = (View(), View(turn=-25), View(turn=20))
SIDE = (View(turn=-55, spread=18), View(turn=-80, spread=14))


def pose(
    thumb: Angles5, fingers: Mapping[str, Angles4], touches: tuple[Touch, ...] = (), views: tuple[View, ...] = FRONT
) -> Pose:
    """Return a pose; fingers that are not named are curled."""
    bent = [fingers.get(name, CURLED) for name in FAN]
    return Pose(np.array([*thumb, *(angle for four in bent for angle in four), 0, 0], dtype=np.float64), touches, views)


def up(*fingers: str, aside: Mapping[str, float] = FAN) -> dict[str, Angles4]:
    """Return straight fingers, spread by default."""
    return {finger: (aside[finger], *STRAIGHT[1:]) for finger in fingers}


def all_alike(angles: Angles4, aside: Mapping[str, float] = TOGETHER) -> dict[str, Angles4]:
    """Return four fingers that bend equally."""
    return {finger: (aside[finger], *angles[1:]) for finger in FAN}


def _thumb_on(finger: str, bone: int = 1, share: float = 0.5) -> tuple[Touch, ...]:
    """Return the touch of a thumb that lies over the back of a curled finger's bone, as on a fist."""
    return (Touch("thumb", finger, bone, share, "back"),)


_FIST_VIEWS = (View(), View(turn=-30, nod=10), View(turn=25, nod=10), View(nod=25))
FIST = pose(THUMB_OVER, {}, _thumb_on("middle"), _FIST_VIEWS)
ONE = pose(THUMB_OVER, up("index", aside=TOGETHER), _thumb_on("middle"))
_V = {"index": 9.0, "middle": -9.0}
TWO = pose(THUMB_ACROSS, up("index", "middle", aside=_V), _thumb_on("ring", share=0.6))
THUMB_THREE = pose(THUMB_OUT, up("index", "middle", aside={"index": 11, "middle": -6}))
_W = {"index": 11.0, "middle": 0.0, "ring": -12.0}
THREE = pose(THUMB_ACROSS, up("index", "middle", "ring", aside=_W), _thumb_on("pinky", share=0.4))
FOUR = pose(THUMB_ACROSS, all_alike(STRAIGHT, FAN), (Touch("thumb", "ring", -1, 0.72),))
FIVE = pose(THUMB_OUT, all_alike(STRAIGHT, FAN))
ROUND = pose(
    THUMB_MEETS,
    {"index": (-2, 50, 55, 30), "middle": (0, 52, 56, 30), "ring": (2, 52, 58, 30), "pinky": (4, 50, 58, 30)},
    (Touch("thumb", "index", both=True), Touch("thumb", "middle", share=0.9, both=True)),
    SIDE,
)


def _on_thumb(finger: str) -> Pose:
    """Return 6 to 9: three fingers spread, the tip of the fourth on that of the thumb."""
    fingers = up(*FAN) | {finger: (FAN[finger] / 3, 58, 52, 28)}
    return pose(THUMB_MEETS, fingers, (Touch("thumb", finger, both=True),))


DIGITS: dict[str, tuple[Pose, ...]] = {
    "0": (ROUND,), "1": (ONE,), "2": (TWO,), "3": (THUMB_THREE,), "4": (FOUR,), "5": (FIVE,),
    "6": (_on_thumb("pinky"),), "7": (_on_thumb("ring"),), "8": (_on_thumb("middle"),), "9": (_on_thumb("index"),),
}  # fmt: skip

COUNTING: dict[str, tuple[Pose, ...]] = {
    "0": (FIST,), "1": (ONE,), "2": (TWO,), "3": (THREE,), "4": (FOUR,), "5": (FIVE,),
}  # fmt: skip

_ANY_WAY = (
    View(), View(turn=180), View(roll=90, turn=180), View(roll=-90, turn=180), View(roll=90), View(roll=-90),
)  # fmt: skip
_FIST_ANY_WAY = (*_FIST_VIEWS, *_ANY_WAY, View(turn=-90), View(turn=-90, roll=90), View(turn=-90, roll=-90))
RPS: dict[str, tuple[Pose, ...]] = {
    "rock": (replace(FIST, views=_FIST_ANY_WAY),),
    "paper": (
        replace(FIVE, views=_ANY_WAY),
        pose(THUMB_BESIDE, all_alike(STRAIGHT), views=_ANY_WAY),
        pose(THUMB_LOOSE, all_alike(STRAIGHT), views=_ANY_WAY),
    ),
    "scissors": (replace(TWO, views=_ANY_WAY),),
}

_SIDEWAYS = (View(roll=90, turn=-20), View(roll=90, turn=10), View(roll=90, turn=180))
_DOWN = (View(roll=130, turn=-15), View(roll=150, turn=10), View(roll=125, turn=165))
_POINTING = (View(turn=-25), View(turn=-55), View())
_HOOKED = (View(turn=-45), View(turn=-20), View())
_OVER: Angles4 = (0, 62, 92, 50)  # a finger that lies over the thumb, lifted by its thickness
_TWO_OVER = dict.fromkeys(("index", "middle"), _OVER)
_THREE_OVER = _TWO_OVER | {"ring": _OVER}
_CURVED: Angles4 = (0, 33, 46, 25)
_CLAW: Angles4 = (0, 38, 106, 58)
_TWO_UP = {"index": (-2.0, *STRAIGHT[1:]), "middle": (2.0, *STRAIGHT[1:])}
_CROSSED: dict[str, Angles4] = {"index": (-11, 8, 8, 5), "middle": (11, 0, 5, 3)}
_PINCHED = {"index": (0.0, *STRAIGHT[1:])} | dict.fromkeys(("middle", "ring", "pinky"), (0.0, 60.0, 65.0, 33.0))
_K: dict[str, Angles4] = {"index": (8, 2, 5, 3), "middle": (-4, 40, 8, 5)}
_THUMB_K: Angles5 = (25, 45, 70, 5, 5)
_TOUCH_K = (Touch("thumb", "middle", 0, 0.9, "palm"),)
_THUMB_G: Angles5 = (16, 34, 85, 3, 0)
_G: dict[str, Angles4] = {"index": (-2, 18, 8, 5)}
_TUCKED: Angles5 = (15, 42, 95, 20, 15)

LETTERS: dict[str, tuple[Pose, ...]] = {
    "A": (pose(THUMB_BESIDE, {}, (Touch("thumb", "index", 1, 0.35, "thumb"),)),),
    "B": (pose(THUMB_ACROSS, all_alike(STRAIGHT), (Touch("thumb", "middle", -1, 0.8),)),),
    "C": (pose((30, 50, 105, 10, 25), all_alike(_CURVED), views=SIDE),),
    "D": (pose(THUMB_MEETS, _PINCHED, (Touch("thumb", "middle", both=True),), _POINTING),),
    "E": (pose(THUMB_ACROSS, all_alike(_CLAW), (Touch("thumb", "ring", -1, 0.78),)),),
    "F": (_on_thumb("index"),),
    "G": (pose(_THUMB_G, _G, views=_SIDEWAYS),),
    "H": (pose(THUMB_ACROSS, {"index": (-2, 20, 5, 3), "middle": (2, 20, 5, 3)}, _thumb_on("ring"), _SIDEWAYS),),
    "I": (pose(THUMB_OVER, up("pinky", aside=TOGETHER), _thumb_on("middle")),),
    "K": (pose(_THUMB_K, _K, _TOUCH_K),),
    "L": (pose((70, 5, 40, -2, -8), up("index", aside=TOGETHER)),),
    "M": (pose(_TUCKED, _THREE_OVER, (Touch("thumb", "ring", 0, 0.85, "little"),)),),
    "N": (pose(_TUCKED, _TWO_OVER, (Touch("thumb", "middle", 0, 0.85, "little"),)),),
    "O": (ROUND,),
    "P": (pose(_THUMB_K, _K, _TOUCH_K, _DOWN),),
    "Q": (pose(_THUMB_G, _G, views=_DOWN),),
    "R": (pose(THUMB_ACROSS, _CROSSED, _thumb_on("ring")),),
    "S": (FIST,),
    # the thumb looks out between the first two fingers
    "T": (pose((12, 38, 75, 0, -10), {"index": (30, 56, 98, 52), "middle": (-8, 76, 100, 56)},
               (Touch("thumb", "middle", 0, 1.0, "thumb"),)),),
    "U": (pose(THUMB_ACROSS, _TWO_UP, _thumb_on("ring")),),
    "V": (TWO,),
    "W": (THREE,),
    "X": (pose(THUMB_OVER, {"index": (0, 12, 88, 50)}, _thumb_on("middle"), _HOOKED),),
    "Y": (pose((68, 5, 40, -2, -8), {"pinky": (-20, *STRAIGHT[1:])}),),
}  # fmt: skip

SIGNS: dict[str, Signs] = {
    "digits": DIGITS, "letters": LETTERS, "counting": COUNTING, "rps": RPS,
}  # fmt: skip
