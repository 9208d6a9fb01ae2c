import pytest

from unseen.config import TrainConfig
from unseen.workflow.build import resolve


@pytest.mark.parametrize(
    ("settings", "epochs"),
    [
        ({"model": "handnet"}, 24),
        ({"model": "handnet", "augment": "strong"}, 12),
        ({"model": "handnet", "epochs": 3}, 3),
        ({"model": "cnn-fingers"}, 60),
    ],
)
def test_what_varies_most_is_learnt_longest(settings: dict[str, object], epochs: int) -> None:
    assert resolve(TrainConfig(photos="photos", out="out", **settings)).config.epochs == epochs  # type: ignore[arg-type]
