"""Draw photos of simple hands that show one to five fingers: something to try everything on before taking photos.

Each drawn person has a skin colour and a finger length, each room a wall and a light; the folders are
`CLASS/personN/roomM-K.png`, so that people become groups which never cross the split.
"""

import argparse
import math
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

SIDE_PX = 160
# Straight-up hand: direction of the thumb and the four fingers in degrees, and how long each is.
FINGERS = ((158, 0.75), (112, 0.95), (92, 1.05), (72, 1.0), (50, 0.8))
# Which fingers are up for one to five, as people count.
RAISED = {1: (1,), 2: (1, 2), 3: (1, 2, 3), 4: (1, 2, 3, 4), 5: (0, 1, 2, 3, 4)}


def draw_hand(count: int, person: np.random.Generator, photo: np.random.Generator) -> Image.Image:
    """Draw one hand: the person's looks are the first draws of `person`, the pose and the room those of `photo`."""
    skin = tuple(int(c) for c in person.uniform(0.35, 1.0) * np.array([236, 188, 150]))
    length, width = SIDE_PX * person.uniform(0.26, 0.34), SIDE_PX * person.uniform(0.055, 0.075)
    wall = tuple(int(c) for c in photo.uniform(40, 230, 3))
    image = Image.new("RGB", (SIDE_PX, SIDE_PX), wall)
    pen = ImageDraw.Draw(image)
    for _ in range(photo.integers(0, 5)):  # things in the room
        x, y, w, h = photo.uniform(0, SIDE_PX, 4)
        pen.rectangle((x, y, x + w / 2, y + h / 2), fill=tuple(int(c) for c in photo.uniform(20, 240, 3)))
    turn = photo.uniform(-20, 20)
    scale = photo.uniform(0.8, 1.15)
    x, y = SIDE_PX * photo.uniform(0.42, 0.58), SIDE_PX * photo.uniform(0.56, 0.68)
    palm = scale * SIDE_PX * 0.15
    pen.line((x, y, x - math.sin(math.radians(turn)) * 200, y + 200), fill=skin, width=int(1.5 * palm))
    pen.ellipse((x - palm, y - palm, x + palm, y + palm), fill=skin)
    for finger, (direction, share) in enumerate(FINGERS):
        reach = palm + scale * length * share * (1.0 if finger in RAISED[count] else 0.18)
        angle = math.radians(direction + turn + photo.uniform(-5, 5))
        tip = (x + math.cos(angle) * reach, y - math.sin(angle) * reach)
        pen.line((x, y, *tip), fill=skin, width=int(2 * scale * width))
        pen.ellipse((*(c - scale * width for c in tip), *(c + scale * width for c in tip)), fill=skin)
    return finish(image, photo)


def finish(image: Image.Image, photo: np.random.Generator) -> Image.Image:
    """Light the scene from one side, blur it a little and add noise."""
    pixels = np.asarray(image.filter(ImageFilter.GaussianBlur(photo.uniform(0.4, 1.4))), dtype=np.float32)
    ramp = np.linspace(photo.uniform(0.6, 1.0), photo.uniform(0.8, 1.2), SIDE_PX, dtype=np.float32)
    pixels = pixels * ramp[None, :, None] + photo.normal(0, photo.uniform(2, 8), pixels.shape)
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def draw_photos(folder: Path, people: int = 40, rooms: int = 5, seed: int = 0) -> int:
    """Write the class folders `1` to `5` below `folder`; return the number of photos."""
    photos = 0
    for who in range(people):
        for room in range(rooms):
            for count in RAISED:
                person = np.random.default_rng([seed, who])
                photo = np.random.default_rng([seed, who, room, count])
                path = folder / str(count) / f"person{who + 1}" / f"room{room + 1}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                draw_hand(count, person, photo).save(path)
                photos += 1
    return photos


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--people", type=int, default=40)
    parser.add_argument("--rooms", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    print(draw_photos(arguments.folder, arguments.people, arguments.rooms, arguments.seed), "photos drawn")
