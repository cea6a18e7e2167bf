"""What counts as a row, which rows tell the importance, and what a loaded model takes."""

import numpy as np
import pandas as pd
import pytest

import layerwise as lw
from layerwise.errors import ParameterError

m = 120
rng = np.random.default_rng(5)
FRAME = pd.DataFrame({"a": rng.normal(size=m), "b": rng.choice(["u", "v", "w"], m)})
NUMBERS = 3 * FRAME["a"] + (FRAME["b"] == "u")
CLASSES = np.where(FRAME["a"] > 0, "yes", "no")


def regressor(**more):
    return lw.TabularRegressor("fast", epochs=3, **more)


def classifier(**more):
    return lw.TabularClassifier("fast", epochs=3, **more)


def with_rows_of_no_weight(y, others):
    X = pd.concat([FRAME.iloc[: len(others)].assign(b="other"), FRAME], ignore_index=True)
    return X, np.r_[others, y], np.r_[np.zeros(len(others)), np.ones(m)]


def test_rows_of_weight_zero_leave_no_trace_in_a_regression():
    X, y, w = with_rows_of_no_weight(NUMBERS, np.full(9, 1e6))
    with_them, without = regressor().fit(X, y, w), regressor().fit(FRAME, NUMBERS)
    np.testing.assert_array_equal(with_them.predict(FRAME), without.predict(FRAME))
    assert with_them.baseline_metrics_ == without.baseline_metrics_


def test_a_class_of_weight_zero_is_none():
    X, y, w = with_rows_of_no_weight(CLASSES, np.full(9, "perhaps"))
    assert classifier().fit(X, y, w).classes_.tolist() == ["no", "yes"]


def test_the_baseline_counts_rows_by_their_weights():
    w = np.where(NUMBERS > 1, 3.0, 1.0)
    weighted = regressor(validation=0).fit(FRAME, NUMBERS, w)
    mean = np.average(NUMBERS, weights=w)
    expected = np.sqrt(np.average((NUMBERS - mean) ** 2, weights=w))
    assert weighted.baseline_metrics_["rmse"] == pytest.approx(expected, rel=1e-6)
    assert weighted.baseline_metrics_["r2"] == pytest.approx(0, abs=1e-6)


def test_balanced_classes_have_the_baseline_of_a_coin():
    y = np.where(FRAME["a"] > 1, "yes", "no")
    found = classifier(class_weight="balanced", validation=0).fit(FRAME, y).baseline_metrics_
    assert found["log_loss"] == pytest.approx(np.log(2), rel=1e-6)


@pytest.mark.parametrize("name", ["permutation_importance_", "gradient_importance_"])
def test_a_sorted_table_has_the_importances_of_a_shuffled_one(name):
    n = 9000
    level = np.sort(rng.choice(["hi", "lo"], n))
    X = pd.DataFrame({"level": level, "z": rng.normal(size=n)})
    model = lw.TabularRegressor("fast", epochs=1, hidden=(8,)).fit(X, 10 * (level == "hi") + 0.1 * X["z"])
    found = getattr(model, name)
    assert found["level"] > 5 * abs(found["z"])


@pytest.mark.parametrize("model", [regressor(), classifier()], ids=["regressor", "classifier"])
def test_a_loaded_model_takes_frames(tmp_path, model):
    y = NUMBERS if isinstance(model, lw.TabularRegressor) else CLASSES
    lw.save(model.fit(FRAME, y), tmp_path / "m.safetensors")
    loaded = lw.load(tmp_path / "m.safetensors")
    np.testing.assert_array_equal(loaded.predict(FRAME), model.predict(FRAME))
    assert loaded.evaluate(FRAME.assign(**{loaded.target.name: y})).keys() == model.metrics_.keys()


def test_of_two_classes_the_second_is_predicted_from_one_half_on():
    model = classifier(validation=0).fit(FRAME, CLASSES)
    for member in model.model_.members:
        member.parameters.vector[...] = 0
    assert (model.predict_proba(FRAME) == 0.5).all()
    assert set(model.predict(FRAME)) == set(model.model_.predict(FRAME)) == {"yes"}


@pytest.mark.parametrize(
    ("metric", "message"),
    [
        ("bogus", "Unknown metric 'bogus'. Known: accuracy, auc, cost, log_loss."),
        (["auc"], "The 'metric' parameter of TabularClassifier must be a name or a layerwise.Metric. Got ['auc']."),
    ],
)
def test_a_metric_is_checked_though_nothing_is_held_out(metric, message):
    with pytest.raises(ParameterError) as error:
        classifier(metric=metric, validation=0).fit(FRAME, CLASSES)
    assert str(error.value) == message
