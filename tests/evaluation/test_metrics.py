"""Planted answers with numbers worked out by hand, and properties that hold for any predictions."""

import json
import math
from dataclasses import asdict
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unseen.errors import UnseenError
from unseen.evaluation.metrics import (
    accuracy,
    confusion,
    log_loss,
    macro_f1,
    measure,
    per_class,
    softmax,
    worst_mistakes,
)
from unseen.records import Predictions

CLASSES = ("rock", "paper", "scissors", "unused")


def predictions(
    pairs: list[tuple[int, int]],
    groups: list[str] | None = None,
    sure: list[float] | None = None,
    classes: tuple[str, ...] = CLASSES,
) -> Predictions:
    """Predictions with a planted (true, predicted) pair a photo; `sure` is the lead of the winning logit."""
    logits = np.zeros((len(pairs), len(classes)), dtype=np.float32)
    for i, (_, said) in enumerate(pairs):
        logits[i, said] = sure[i] if sure else 2.0
    return Predictions(
        ids=tuple(f"p{i}.jpg" for i in range(len(pairs))),
        labels=np.array([true for true, _ in pairs], dtype=np.int64),
        groups=tuple(groups or [f"g{i}" for i in range(len(pairs))]),
        logits=logits,
        classes=classes,
    )


# rock: 3 photos, 2 right; paper: 2 photos, 1 right, the other called rock; scissors: 1, right. Unused: none.
PLANTED = [(0, 0), (0, 0), (0, 1), (1, 1), (1, 0), (2, 2)]


def test_hand_computed_block() -> None:
    block = measure(predictions(PLANTED), seed=0)
    assert block.accuracy.value == pytest.approx(4 / 6)
    assert (block.accuracy.n, block.accuracy.groups) == (6, 6)
    assert block.confusion.tolist() == [[2, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]]
    rock, paper = block.per_class["rock"], block.per_class["paper"]
    assert rock.precision == pytest.approx(2 / 3)
    assert rock.recall.value == pytest.approx(2 / 3)
    assert rock.f1 == pytest.approx(2 / 3)
    assert (paper.precision, paper.recall.value, paper.n) == (0.5, 0.5, 2)
    # The class without photos is no zero in the mean: (2/3 + 1/2 + 1) / 3.
    assert block.macro_f1.value == pytest.approx((2 / 3 + 1 / 2 + 1) / 3)
    # Each row of logits is one 2 and three 0.
    whole = math.log(math.exp(2) + 3)
    assert block.log_loss == pytest.approx((4 * (whole - 2) + 2 * whole) / 6)
    assert block.classes == CLASSES


def test_a_class_without_photos_is_unknown() -> None:
    table = class_blocks(predictions([*PLANTED, (0, 3)]))
    assert table["unused"] == {
        "precision": None,
        "recall": {"value": None, "low": None, "high": None, "n": 0, "groups": 0},
        "f1": None,
        "n": 0,
    }


def class_blocks(given: Predictions) -> dict[str, Any]:
    """What `metrics.json` says of each class."""
    return {name: asdict(metrics) for name, metrics in per_class(given, seed=0).items()}


def test_a_class_never_said_has_no_precision_and_an_f1_of_zero() -> None:
    table = class_blocks(predictions([(0, 0), (1, 0)]))
    assert table["paper"]["precision"] is None
    assert table["paper"]["f1"] == 0.0
    assert table["paper"]["recall"]["value"] == 0.0


def test_no_photos_at_all_is_unknown_and_json() -> None:
    block = measure(predictions([]), seed=0).as_dict()
    empty = {"value": None, "low": None, "high": None, "n": 0, "groups": 0}
    assert block["accuracy"] == empty
    assert block["macro_f1"] == empty
    assert block["log_loss"] is None
    assert block["per_class"]["rock"]["recall"] == empty
    assert block["confusion"] == [[0] * 4] * 4
    json.dumps(block, allow_nan=False)


def test_one_group_has_values_without_intervals() -> None:
    block = measure(predictions(PLANTED, groups=["ann"] * 6), seed=0).as_dict()
    for found in (block["accuracy"], block["macro_f1"], block["per_class"]["rock"]["recall"]):
        assert found["value"] is not None
        assert found["low"] is None
        assert found["high"] is None
        assert found["groups"] == 1


def test_recall_counts_only_the_groups_that_hold_the_class() -> None:
    groups = ["a", "a", "b", "b", "c", "d"]
    table = class_blocks(predictions(PLANTED, groups=groups))
    assert table["rock"]["recall"]["groups"] == 2
    assert table["scissors"]["recall"]["groups"] == 1
    assert table["scissors"]["recall"]["low"] is None


def test_a_perfect_score_is_no_certainty() -> None:
    found = macro_f1(predictions([(0, 0), (1, 1)] * 5, groups=[str(i // 2) for i in range(10)]), seed=0)
    assert found.value == 1.0
    assert found.high == 1.0
    assert found.low == pytest.approx(5 / (5 + 1.959964**2), abs=1e-4)


def test_macro_f1_interval_covers_what_many_groups_show() -> None:
    # The planted model is right 80% of the time in two balanced classes, so macro-F1 tends to 0.8.
    hits = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        true = rng.integers(0, 2, 300)
        right = rng.random(300) < np.repeat(rng.choice([0.65, 0.95], 20), 15)
        pairs = [(int(t), int(t) if ok else 1 - int(t)) for t, ok in zip(true, right, strict=True)]
        groups = [str(i // 15) for i in range(300)]
        found = macro_f1(predictions(pairs, groups, classes=("a", "b")), seed)
        assert found.low is not None and found.high is not None  # noqa: PT018
        hits += found.low <= 0.8 <= found.high
    assert 88 <= hits <= 99


def test_softmax_survives_large_logits() -> None:
    found = softmax(np.array([[1000.0, 0.0], [-1000.0, -1000.0]], dtype=np.float32))
    assert found.tolist() == [[1.0, 0.0], [0.5, 0.5]]


def test_log_loss_of_a_sure_mistake_is_finite() -> None:
    assert log_loss(predictions([(0, 1)], sure=[800.0])) == pytest.approx(800.0)


def test_refuses_a_diverged_model_by_name() -> None:
    broken = predictions(PLANTED)
    broken.logits[4, 1] = np.nan
    with pytest.raises(UnseenError, match=r"1 of 6 photos .*p4\.jpg first.*--learning-rate"):
        measure(broken, seed=0)


def test_refuses_arrays_that_do_not_fit() -> None:
    whole = predictions(PLANTED)
    short = Predictions(whole.ids, whole.labels[:-1], whole.groups, whole.logits, whole.classes)
    with pytest.raises(UnseenError, match="6 photos and 4 classes"):
        measure(short, seed=0)


def test_worst_mistakes_are_the_surest_and_exact() -> None:
    found = worst_mistakes(predictions(PLANTED, sure=[9, 9, 1, 9, 3, 9]), k=5)
    assert [m.position for m in found] == [4, 2]
    assert (found[0].id, found[0].true, found[0].predicted) == ("p4.jpg", "paper", "rock")
    assert found[0].probability == pytest.approx(math.exp(3) / (math.exp(3) + 3))


def test_one_confusion_does_not_fill_the_page() -> None:
    # Ten sure mistakes of one kind, two less sure of two others: all three kinds are shown.
    pairs = [(0, 1)] * 10 + [(1, 2), (2, 0)]
    found = worst_mistakes(predictions(pairs, sure=[9.0 - i / 10 for i in range(10)] + [2.0, 1.0]), k=4)
    assert [m.position for m in found] == [0, 1, 10, 11]
    assert len(worst_mistakes(predictions(pairs), k=100)) == 12
    assert worst_mistakes(predictions(pairs), k=0) == []


def test_no_mistakes_is_an_empty_list() -> None:
    assert worst_mistakes(predictions([(0, 0), (1, 1)]), k=9) == []
    assert worst_mistakes(predictions([]), k=9) == []


pair = st.tuples(st.integers(0, 3), st.integers(0, 3))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(pair, st.sampled_from("abcd")), min_size=1, max_size=30), st.permutations(range(4)))
def test_the_numbers_agree_with_each_other(rows: list[tuple[tuple[int, int], str]], order: list[int]) -> None:
    pairs, groups = [p for p, _ in rows], [g for _, g in rows]
    given_ = predictions(pairs, groups)
    block = measure(given_, seed=1).as_dict()
    table = confusion(given_)
    assert table.sum() == len(rows)
    assert block["accuracy"]["value"] == pytest.approx(np.trace(table) / len(rows))
    known = [row["f1"] for row in block["per_class"].values() if row["n"]]
    assert block["macro_f1"]["value"] == pytest.approx(sum(known) / len(known))
    for row in block["per_class"].values():
        if row["f1"]:
            harmonic = 2 / (1 / row["precision"] + 1 / row["recall"]["value"])
            assert row["f1"] == pytest.approx(harmonic)
    # Renaming the classes moves no overall number.
    renamed = measure(predictions([(order[t], order[s]) for t, s in pairs], groups), seed=1).as_dict()
    assert renamed["accuracy"] == block["accuracy"]
    assert renamed["macro_f1"]["low"] == pytest.approx(block["macro_f1"]["low"])
    assert renamed["log_loss"] == pytest.approx(block["log_loss"])
    json.dumps(block, allow_nan=False)


def test_accuracy_is_the_one_interval_of_the_project() -> None:
    assert accuracy(predictions(PLANTED), 4).groups == 6
