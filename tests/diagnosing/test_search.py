"""Networks whose preprocessing is planted: the search must name it, and nothing for one that knows nothing."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.foreign.made_models import CLASSES, planted_photos, write_centroid_onnx
from unseen.diagnosing.claim import evidence
from unseen.diagnosing.class_match import ClassMap
from unseen.diagnosing.differences import Judge, Photos
from unseen.diagnosing.photo_reading import Reading
from unseen.diagnosing.scored import Scored, commonest
from unseen.diagnosing.search import Search, find_reading, neighbours
from unseen.diagnosing.trial import Trials
from unseen.evaluation.intervals import interval
from unseen.foreign.network import InputSpec
from unseen.foreign.open_model import open_model
from unseen.progress import Silent

ODD = np.arange(1, 90, 2)
EVEN = np.arange(0, 90, 2)


def searched(model: Path) -> tuple[Search, Scored]:
    photos, labels = planted_photos()
    network = open_model(model)
    search = Search(Trials(network, photos), labels, EVEN, CLASSES, network.classes, Silent(), (30, 30, 45))
    return search, find_reading(search, network.input)


@pytest.mark.parametrize(
    "reading",
    [
        Reading(16, 16, "1/127.5-1", "bgr", "nchw", "crop"),
        Reading(16, 16, "raw", "rgb", "nhwc", "squash"),
        Reading(16, 16, "imagenet", "rgb", "nchw", "crop"),
        Reading(16, 16, "caffe", "bgr", "nhwc", "crop"),
        Reading(24, 16, "1/255-0.5", "rgb", "nhwc", "crop"),
    ],
    ids=str,
)
def test_the_planted_preprocessing_is_found(reading: Reading, tmp_path: Path) -> None:
    _, best = searched(write_centroid_onnx(tmp_path / "model.onnx", reading))
    found = best.reading
    assert (found.order, found.layout, found.side) == (reading.order, reading.layout, reading.side)
    assert found.scale == reading.scale
    # what surrounds the middle says another class: only a cut keeps it out
    assert best.accuracy > 0.95
    assert found.fit in ("crop", "crop-256")


def test_classes_in_another_order_are_matched_by_name_or_by_answers(tmp_path: Path) -> None:
    reading = Reading(16, 16, "1/255", "rgb", "nchw", "crop")
    for named, how in ((True, "names"), (False, "answers")):
        _, best = searched(write_centroid_onnx(tmp_path / f"{how}.onnx", reading, order=(2, 0, 1), named=named))
        assert (best.classes.how, best.classes.outputs) == (how, (1, 2, 0))
        assert best.reading.scale == "1/255"


def test_names_in_the_wrong_order_do_not_win_over_answers(tmp_path: Path) -> None:
    model = write_centroid_onnx(
        tmp_path / "m.onnx", Reading(16, 16, "raw", "rgb", "nchw", "crop"), (1, 0, 2), named=False
    )
    (tmp_path / "labels.txt").write_text("0 green\n1 orange\n2 violet\n3 none\n")
    _, best = searched(model)
    assert (best.classes.how, best.classes.outputs) == ("answers", (1, 0, 2))


def test_a_network_that_divides_itself_wants_levels_and_dividing_twice_costs(tmp_path: Path) -> None:
    model = write_centroid_onnx(tmp_path / "model.onnx", Reading(16, 16, "raw", "rgb", "nchw", "crop"), divide=255.0)
    search, best = searched(model)
    assert search.trials.network.inside == ("divides by 255",)
    assert best.reading.scale == "raw"
    judge = Judge(search.trials, Photos(ODD, search.labels[ODD], tuple(map(str, ODD))), best.classes)
    twice = judge.difference(best.reading, replace(best.reading, scale="1/255"))
    assert twice.points.low is not None
    assert twice.points.low > 0.3
    assert dict(twice.parts) == {"scale": "1/255"}
    same = judge.difference(best.reading, replace(best.reading, interpolation="area"))
    assert same.equivalent


def test_sizes_between_the_usual_ones_are_tried_where_any_fits() -> None:
    free, fixed = (InputSpec("nhwc", 3, side, side) for side in (None, 96))
    assert {one.height_px for one in neighbours(Reading(96, 96), free)} == {72, 80, 96, 100, 112, 120, 128}
    assert {one.side for one in neighbours(Reading(96, 96), fixed)} == {"96"}


def test_nothing_is_claimed_of_labels_that_mean_nothing(tmp_path: Path) -> None:
    model = write_centroid_onnx(tmp_path / "model.onnx", Reading(16, 16, "1/255", "rgb", "nchw", "crop"))
    photos, labels = planted_photos()
    shuffled = np.random.default_rng(1).permutation(labels)
    network = open_model(model)
    search = Search(Trials(network, photos), shuffled, EVEN, CLASSES, None, Silent(), (30, 30, 45))
    best = find_reading(search, network.input)
    judge = Judge(search.trials, Photos(ODD, shuffled[ODD], tuple(map(str, ODD))), best.classes)
    logs = search.trials.logs(best.reading, ODD)
    assert evidence(judge.accuracy(best.reading), logs, best.classes.outputs, shuffled[ODD]).claim == "nothing"


def test_a_burst_a_class_is_a_hint_where_the_network_is_sure() -> None:
    labels = np.arange(40) % 2
    right = interval(np.ones(40), [f"burst {label}" for label in labels], 0)
    sure, unsure = np.full((40, 2), -6.0), np.full((40, 2), np.log(0.45))
    sure[np.arange(40), labels], unsure[np.arange(40), labels] = -0.01, np.log(0.55)
    assert evidence(right, sure, (0, 1), labels).claim == "weak"
    # as right, but no surer than random weights are
    assert evidence(right, unsure, (0, 1), labels).claim == "nothing"


def test_what_cannot_be_told_apart_is_called_what_is_common() -> None:
    names = ClassMap((0, 1), "names")
    rare, common = Reading(48, 48, "standardise", "bgr"), Reading(48, 48, "imagenet", "rgb")

    def scored(reading: Reading, nats: float, photos: int) -> Scored:
        return Scored(reading, names, np.ones(photos), np.full(photos, nats))

    # 1 nat on 67 photos is no evidence for what is rarer; 13 on 650 are
    assert commonest([scored(rare, 0.01, 67), scored(common, 0.025, 67)]).reading == common
    assert commonest([scored(rare, 0.01, 650), scored(common, 0.03, 650)]).reading == rare
