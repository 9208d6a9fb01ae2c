"""A rendered set on disk: the same bytes whoever renders them, goes on where it was stopped, touches nothing else."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from unseen.errors import UnseenError
from unseen.pipelines.render import draw_rooms, render, write_shots
from unseen.progress import Silent
from unseen.records import Uint8Array
from unseen.sources.open_photos import open_photos
from unseen.synth.shots import RenderConfig, plan_shots

SMALL = RenderConfig("rps", people=3, rooms=2, photos=18, image_size=32, seed=1)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rendered") / "new" / "set"
    found = render(SMALL, folder, Silent())
    assert (found.rendered, found.groups, len(found.shots)) == (18, 2, 18)
    return folder


def pixels_of(path: Path) -> Uint8Array:
    with Image.open(path) as photo:
        return np.asarray(photo)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_bytes_do_not_depend_on_the_number_of_processes(made: Path, tmp_path: Path) -> None:
    render(SMALL, tmp_path / "two", Silent(), workers=2)
    assert contents(tmp_path / "two") == contents(made)


def test_another_seed_gives_other_photos(made: Path, tmp_path: Path) -> None:
    render(replace(SMALL, seed=2, photos=3), tmp_path / "other", Silent())
    mine = {name: data for name, data in contents(made).items() if name.endswith(".jpg")}
    assert not set(mine.values()) & set(contents(tmp_path / "other").values())


def test_it_goes_on_where_it_was_stopped(made: Path) -> None:
    before = contents(made)
    lost = sorted(path for path in made.rglob("*.jpg"))[5:9]
    for path in lost:
        path.unlink()
    (made / "photos.csv").unlink()
    assert render(SMALL, made, Silent()).rendered == 4
    assert contents(made) == before


def test_training_reads_its_labels_and_groups(made: Path) -> None:
    photos = open_photos(made)
    assert photos.classes == ("paper", "rock", "scissors")
    assert len(photos.photos) == 18
    assert {photo.group for photo in photos.photos} == {"person001", "person002"}
    assert pixels_of(photos.photos[0].file).shape == (32, 32, 3)


def test_other_settings_and_other_folders_are_refused(made: Path, tmp_path: Path) -> None:
    with pytest.raises(UnseenError, match="was rendered with seed 1, 9 requested"):
        render(replace(SMALL, seed=9), made, Silent())
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(UnseenError, match="holds other things"):
        render(SMALL, tmp_path, Silent())
    with pytest.raises(UnseenError, match="holds other things"):
        render(SMALL, tmp_path / "mine.txt", Silent())
    assert contents(tmp_path) == {"mine.txt": b"mine"}


def test_a_planted_shortcut_is_in_the_photos(tmp_path: Path) -> None:
    """One room a class: photos of a class share a background, those of different classes do not."""
    classes = ["paper", "rock", "scissors"]
    shots = [replace(shot, room=classes.index(shot.label), person=0) for shot in plan_shots(SMALL)]
    write_shots(shots, SMALL, tmp_path / "tied", Silent())
    corners: dict[str, list[np.ndarray]] = {name: [] for name in classes}
    for shot in shots:
        corners[shot.label].append(pixels_of(tmp_path / "tied" / shot.path)[:6, :6].mean(axis=(0, 1)))
    middle = {name: np.mean(found, axis=0) for name, found in corners.items()}
    within = np.mean([np.std(found, axis=0).mean() for found in corners.values()])
    assert np.std(list(middle.values()), axis=0).mean() > within


def test_rooms_are_the_same_however_many_there_are() -> None:
    assert (draw_rooms(SMALL, 2) == draw_rooms(SMALL, 3)[:2]).all()
