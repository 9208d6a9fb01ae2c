"""Put small photos of hands into rooms, with or without a person beside them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from unseen.augment.alterations import Alteration, Group
from unseen.records import Uint8Array

WIDTH, HEIGHT = 640, 480


@dataclass(frozen=True, slots=True)
class Places:
    """Rooms without a hand, and people to stand in them."""

    rooms: Sequence[Image.Image]
    people: Sequence[Image.Image]

    def small(self, name: str, share: float, face: float = 0.0) -> Alteration:
        """Return what puts a photo into a room, its longer side `share` of the room's height, in the right half.

        face: put a person's head into the left half, at that share of the height.
        """

        def change(photo: Uint8Array, rng: np.random.Generator) -> Uint8Array:
            room = self.rooms[int(rng.integers(len(self.rooms)))].resize((WIDTH, HEIGHT))
            person = self.people[int(rng.integers(len(self.people)))]
            if face:
                head = person.resize((round(person.width * face * HEIGHT / person.height), round(face * HEIGHT)))
                room.paste(head, _corner(rng, head, 0, WIDTH // 2))
            hand = Image.fromarray(photo)
            hand.thumbnail((round(HEIGHT * share),) * 2)
            room.paste(hand, _corner(rng, hand, WIDTH // 2, WIDTH))
            return np.asarray(room)

        return Alteration(name, name, Group.BACKGROUND, change)


def _corner(rng: np.random.Generator, thing: Image.Image, left: int, right: int) -> tuple[int, int]:
    return (
        int(rng.integers(left, max(left + 1, right - thing.width))),
        int(rng.integers(0, max(1, HEIGHT - thing.height))),
    )
