from collections import Counter
from pathlib import Path

import numpy as np
from PIL import Image

from tests.photos.pictures import exif_block
from tests.split.scenes import scene
from unseen.config import AuditConfig
from unseen.dataset.load import load_dataset
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
