"""Every export target writes a model that predicts as the original does, and says on how many photos that was seen."""

from pathlib import Path

import numpy as np
import pytest

from tests.export.test_onnx_bundle import small
from tests.planted_photos import drawn
from unseen.export.targets import TARGETS


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_writes_files_and_compares_all_photos(name: str, tmp_path: Path) -> None:
    model, facts = small()
    photos = [drawn(np.random.default_rng(i), i % 3, 40, 56) for i in range(5)]
    agreement = TARGETS[name](model, None, facts, tmp_path / name, photos, [])
    assert (agreement.photos, agreement.holds) == (5, True)
    assert any((tmp_path / name).iterdir())
