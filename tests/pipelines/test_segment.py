"""A sheet shows what was cut: planted discs on a plain wall stand on the checkerboard."""

from pathlib import Path

import numpy as np
from PIL import Image

from pretrain.any_hand import any_hand
from unseen.api import segment
from unseen.augment.procedural import make_pool


def test_the_sheet_shows_the_discs_without_their_wall(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for name, colour in (("red", (200, 40, 40)), ("blue", (40, 60, 200))):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for i in range(4):
            photo = rng.normal((225, 222, 218), 3, (120, 120, 3)).clip(0, 255)
            rows, columns = np.mgrid[:120, :120]
            photo[(rows - 60) ** 2 + (columns - 50 - 5 * i) ** 2 < 900] = colour
            Image.fromarray(photo.astype(np.uint8)).save(tmp_path / "photos" / name / f"{i}.png")
    found = segment(tmp_path / "photos", tmp_path / "sheet.png")
    assert found.summary.startswith("the subject is known in 8 of 8 photos")
    sheet = np.asarray(Image.open(found.sheet)).astype(int)
    wall = (np.abs(sheet - (225, 222, 218)).max(axis=2) < 12).mean()
    checks = ((sheet == 150).all(axis=2) | (sheet == 210).all(axis=2)).mean()
    assert 0.2 < wall < 0.55  # half of the pictures are the photos as they are
    assert 0.2 < checks < 0.55


def test_hands_before_clutter_are_cut_out_by_their_joints(tmp_path: Path) -> None:
    rooms = make_pool(1, 160, 12).permute(0, 2, 3, 1).numpy().astype(float)
    for i, room in enumerate(rooms):
        folder = tmp_path / "photos" / ("a" if i % 2 else "b")
        folder.mkdir(parents=True, exist_ok=True)
        hand = any_hand(i, 160, samples=1).seen.rgba.astype(float)
        share = hand[..., 3:] / 255
        Image.fromarray((hand[..., :3] * share + room * (1 - share)).astype(np.uint8)).save(folder / f"{i}.png")
    found = segment(tmp_path / "photos", tmp_path / "sheet.png")
    # poses that no person shows, of which the finder misses some; half of those cut out look well without joints, too
    assert found.masks.methods.count("keypoints") >= 3
    assert np.count_nonzero(found.masks.known) >= 6
