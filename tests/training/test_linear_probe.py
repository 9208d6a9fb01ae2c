import numpy as np
import pytest
import torch

from unseen.features.feature_set import FeatureSet, subset
from unseen.models.head import Head
from unseen.progress import Silent
from unseen.records import Float32Array, Int64Array
from unseen.training.linear_probe import ProbeOptions, fit_head, fitted_copy, head_loss

OPTIONS = ProbeOptions(seed=3, imbalance="none", weight_decay=0.01, label_smoothing=0.0)
CLASSES, INFORMATIVE, NUISANCE = 3, 4, 20


def planted(photos: int, seed: int, shares: tuple[float, ...] = (1 / 3, 1 / 3, 1 / 3)) -> FeatureSet:
    """Class centres in the first features on any scale; the rest is noise, a thousand times louder."""
    rng = np.random.default_rng(seed)
    labels = rng.choice(CLASSES, photos, p=shares).astype(np.int64)
    centres = np.array([[4, 0, 0, 1], [0, 4, 0, 1], [0, 0, 4, 1]], dtype=np.float32)
    informative = centres[labels] + rng.normal(0, 0.7, (photos, INFORMATIVE))
    nuisance = rng.normal(5000, 1000, (photos, NUISANCE))
    return FeatureSet(np.concatenate([informative, nuisance], axis=1).astype(np.float32), labels)


def head(hidden: tuple[int, ...] = ()) -> Head:
    torch.manual_seed(0)
    return Head(INFORMATIVE + NUISANCE, CLASSES, hidden)


def accuracy(fitted: Head, data: FeatureSet) -> float:
    found = head_loss(fitted, data, 0.0)[1]
    assert found is not None
    return found


@pytest.mark.parametrize("hidden", [(), (16,)])
def test_a_separable_problem_is_learnt_and_nuisance_ignored(hidden: tuple[int, ...]) -> None:
    fitted = head(hidden)
    rows = fit_head(fitted, planted(1500, 0), planted(150, 1), OPTIONS, Silent())
    assert accuracy(fitted, planted(300, 2)) > 0.97
    assert rows[-1].loss < rows[0].loss / 3
    if not hidden:
        weights = torch.cat([v.detach() for n, v in fitted.named_parameters() if n.endswith("weight")]).abs()
        assert float(weights[:, :3].mean()) > 4 * float(weights[:, INFORMATIVE:].mean())


def test_the_epoch_with_the_lowest_validation_loss_is_kept() -> None:
    """Validation labels are wrong, so that every epoch is worse than the first ones."""
    train, validation = planted(1000, 0), planted(100, 1)
    wrong = FeatureSet(validation.features, (validation.labels + 1) % CLASSES)
    fitted = head()
    rows = fit_head(fitted, train, wrong, OPTIONS, Silent())
    losses = [row.validation_loss for row in rows]
    assert None not in losses
    best = min(loss for loss in losses if loss is not None)
    kept = head_loss(fitted, wrong, 0.0)[0]
    assert kept == pytest.approx(best, rel=1e-5)
    assert losses[-1] is not None
    assert best < losses[-1] - 0.5


def test_without_validation_the_last_epoch_is_kept() -> None:
    train = planted(1000, 0)
    nothing = subset(train.features, train.labels, np.array([], dtype=np.int64))
    fitted = head()
    rows = fit_head(fitted, train, nothing, OPTIONS, Silent())
    assert rows[-1].validation_loss is None
    assert rows[-1].validation_accuracy is None
    assert head_loss(fitted, train, 0.0)[0] == pytest.approx(rows[-1].loss, rel=0.05)


def recall(fitted: Head, data: FeatureSet, label: int) -> float:
    with torch.inference_mode():
        answers = fitted(torch.from_numpy(data.features)).argmax(1).numpy()
    return float((answers[data.labels == label] == label).mean())


def overlapping(photos: int, seed: int, shares: tuple[float, ...]) -> FeatureSet:
    data = planted(photos, seed, shares)
    data.features[:, :INFORMATIVE] += np.random.default_rng(seed + 50).normal(0, 2.5, (photos, INFORMATIVE))
    return data


@pytest.mark.parametrize("imbalance", ["weights", "sampling"])
def test_balancing_helps_the_small_class(imbalance: str) -> None:
    uneven, even = (0.08, 0.46, 0.46), (1 / 3, 1 / 3, 1 / 3)
    train, validation, test = overlapping(600, 0, uneven), overlapping(200, 1, uneven), overlapping(600, 2, even)
    plain, balanced = head(), head()
    fit_head(plain, train, validation, OPTIONS, Silent())
    fit_head(balanced, train, validation, ProbeOptions(3, imbalance, 0.01, 0.0), Silent())
    assert recall(balanced, test, 0) > recall(plain, test, 0) + 0.1


def fitted_logits(train: FeatureSet, validation: FeatureSet, test: Float32Array, options: ProbeOptions) -> Float32Array:
    fitted = head()
    fit_head(fitted, train, validation, options, Silent())
    with torch.inference_mode():
        out: Float32Array = fitted(torch.from_numpy(test)).numpy()
    return out


def test_a_copy_is_fitted_and_the_head_that_it_is_of_stays() -> None:
    untouched, train = head(), planted(300, 0)
    before = {name: value.clone() for name, value in untouched.state_dict().items()}
    fitted = fitted_copy(untouched, train, OPTIONS, Silent())
    assert all(torch.equal(value, before[name]) for name, value in untouched.state_dict().items())
    assert recall(fitted, planted(90, 1), 0) > 0.9
    again = fitted_copy(untouched, train, OPTIONS, Silent())
    assert torch.equal(next(again.parameters()), next(fitted.parameters()))


def test_one_seed_is_one_head() -> None:
    train, validation, test = planted(1000, 0), planted(60, 1), planted(30, 2).features
    seed_of = {"a": 3, "b": 3, "c": 4}
    found = {
        name: fitted_logits(train, validation, test, ProbeOptions(seed, "none", 0.01, 0.05))
        for name, seed in seed_of.items()
    }
    assert np.array_equal(found["a"], found["b"])
    assert not np.array_equal(found["a"], found["c"])
    assert (found["a"].argmax(1) == planted(30, 2).labels).mean() > 0.9


def test_a_subset_takes_the_rows_named() -> None:
    features = np.arange(12, dtype=np.float32).reshape(6, 2)
    labels: Int64Array = np.arange(6, dtype=np.int64)
    found = subset(features, labels, np.array([4, 1]))
    assert found.features.tolist() == [[8, 9], [2, 3]]
    assert found.labels.tolist() == [4, 1]


def test_loss_is_in_nats_and_smoothed_as_in_training() -> None:
    fixed = head()
    with torch.no_grad():
        for parameter in fixed.parameters():
            parameter.zero_()
    data = planted(10, 0)
    assert head_loss(fixed, data, 0.0)[0] == pytest.approx(np.log(3), rel=1e-5)
    assert head_loss(fixed, data, 0.3)[0] == pytest.approx(np.log(3), rel=1e-5)
