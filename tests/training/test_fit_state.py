"""What a checkpoint says of a fit comes back as it was, through JSON."""

import json

import pytest

from unseen.training.fit_state import FitState
from unseen.training.history import EpochRow
from unseen.training.selection import Score


@pytest.mark.parametrize("best_loss", [0.25, float("inf")])
def test_facts_come_back_through_json(best_loss: float) -> None:
    head = Score(0.75, 0.5) if best_loss == 0.25 else None
    row = EpochRow(7, "fine-tune", 1.5, 0.5, None, None, 1e-3, 2.5)
    state = FitState(9, 1.25, [row], None, best_loss, 1, 3.5, 4, 6, True, True, 30, head)
    written = json.dumps(state.facts(), allow_nan=False)
    assert FitState.of(json.loads(written), None) == state
