from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.photos.pictures import exif_block
from tests.split.scenes import scene
from unseen.config import AuditConfig
from unseen.dataset.load import load_dataset
from unseen.errors import UnseenError
from unseen.progress import Silent


def test_photos_of_one_camera_a_few_seconds_apart_are_one_group_across_classes(tmp_path: Path) -> None:
    names = iter("qwertyuiopas")
    for person in range(4):
        for second, label in enumerate("ABA"):
            file = tmp_path / label / f"{next(names)}.jpg"
            file.parent.mkdir(exist_ok=True)
            taken = f"2024:05:06 07:0{person}:{5 * second:02d}"
            picture = Image.fromarray(scene(10 * person + second)[..., :3])
            picture.save(file, quality=90, exif=exif_block(taken, orientation=1))
    found = load_dataset(AuditConfig(str(tmp_path), ""), 64, Silent())
    assert Counter(Counter(found.grouping.groups).values()) == {3: 4}
    assert "2024-05-06 07:03:00 Maker Model 3" in found.grouping.groups
    assert found.grouping.reasons[0].text == "12 photos in 4 bursts by the camera's clock (at most 20 s apart)"
    assert np.array_equal(found.headers.width, np.full(12, 160))


@pytest.mark.parametrize(("name", "content"), [("1.psd", b"8BPS"), ("1.jpg", b"\xff\xd8 cut"), ("1.png", b"")])
def test_a_class_without_a_usable_photo_stops_the_run(tmp_path: Path, name: str, content: bytes) -> None:
    for number, label in enumerate("ABC"):
        (tmp_path / label).mkdir()
        for i in range(3):
            Image.fromarray(scene(10 * number + i)[..., :3]).save(tmp_path / label / f"{i}.png")
    (tmp_path / "lost").mkdir()
    (tmp_path / "lost" / name).write_bytes(content)
    config = AuditConfig(str(tmp_path), "")
    with pytest.raises(UnseenError, match=r"class 'lost' has 1 file and no usable photo: 1 .*--classes A,B,C"):
        load_dataset(config, 64, Silent())
    kept = load_dataset(replace(config, classes=("A", "B", "C")), 64, Silent())
    assert len(kept.photos) == 9
