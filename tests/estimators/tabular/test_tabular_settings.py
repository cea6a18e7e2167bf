"""Every setting of the tabular estimators changes what it should; losses, calibration, scikit-learn, files."""

import inspect
import itertools
import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import parametrize_with_checks
from towns import (
    COUNTS,
    LABELS,
    NUMBERS,
    THREE,
    TOWN,
    A,
    Listening,
    X,
    bits,
    classifier,
    m,
    regressor,
    rows_of,
)

import layerwise as lw

FADING = {"epochs": 8, "early_stopping": 20}
# one fit and another, of which the second has the parameter
CHANGES = {
    "quality": ({"n_estimators": None, "quality": "fast"}, {"n_estimators": None, "quality": "default"}),
    "n_estimators": ({}, {"n_estimators": 3}),
    "hidden": ({}, {"hidden": (7,)}),
    "activation": ({}, {"activation": "tanh"}),
    "learning_rate": ({}, {"learning_rate": 0.3}),
    "weight_decay": ({}, {"weight_decay": 0.5}),
    "dropout": ({}, {"dropout": 0.5}),
    "epochs": ({}, {"epochs": 4}),
    "batch_size": ({}, {"batch_size": 5}),
    "averaging": ({}, {"averaging": 0.1}),
    "early_stopping": ({**FADING, "learning_rate": 0.5}, {**FADING, "learning_rate": 0.5, "early_stopping": 1}),
    "validation": ({}, {"validation": 0.5}),
    "roles": ({}, {"roles": {"town": ["Lima", "Oslo", "Rome"]}}),
    "drop": ({}, {"drop": ["b"]}),
    "categorical": ({}, {"categorical": ["a"]}),
    "monotone": ({}, {"monotone": {"a": 1}}),
    "callbacks": ({}, {"callbacks": [Listening(stop_at=0)]}),
    "random_state": ({}, {"random_state": 1}),
}
OF_CLASSES = {
    "metric": (FADING, {**FADING, "metric": "auc"}),
    "label_smoothing": ({}, {"label_smoothing": 0.2}),
    "calibrate": ({}, {"calibrate": False}),
    "class_weight": ({}, {"class_weight": {0: 3.0}}),
}
OF_NUMBERS = {
    "metric": ({"epochs": 12, "learning_rate": 0.2}, {"epochs": 12, "learning_rate": 0.2, "metric": "mae"}),
    "loss": ({}, {"loss": "absolute_error"}),
}
ELSEWHERE = {"n_jobs", "engine", "verbose", "checkpoint", "checkpoint_every", "memory", "cache"}  # which change no bits


@pytest.mark.parametrize(
    ("make", "y", "name", "changes"),
    [
        *[(classifier, LABELS, name, change) for name, change in (CHANGES | OF_CLASSES).items()],
        *[(regressor, NUMBERS, name, change) for name, change in (CHANGES | OF_NUMBERS).items()],
    ],
    ids=lambda part: part if isinstance(part, str) else getattr(part, "__name__", ""),
)
def test_every_parameter_changes_the_fit(make, y, name, changes):
    one, other = (bits(make(**change).fit(X, y)) for change in changes)
    assert one != other


@pytest.mark.parametrize(
    ("estimator", "changes"),
    [(lw.TabularClassifier, CHANGES | OF_CLASSES), (lw.TabularRegressor, CHANGES | OF_NUMBERS)],
)
def test_every_parameter_is_shown_to_change_something(estimator, changes):
    assert set(changes) == set(inspect.signature(estimator).parameters) - ELSEWHERE


def test_the_engines_agree():
    native, plain = (classifier(engine=engine).fit(X, LABELS).predict_proba(X) for engine in ("auto", "numpy"))
    np.testing.assert_allclose(native, plain, atol=1e-4)


class TestLosses:
    @pytest.mark.parametrize("q", [0.1, 0.5, 0.9])
    def test_a_quantile_covers_its_share(self, q):
        x = np.linspace(-1, 1, 1000)
        y = 10 * x + np.random.default_rng(0).normal(size=1000)
        model = regressor(loss=f"quantile(q={q})", epochs=60, learning_rate=0.02, averaging=0.9)
        assert (y <= model.fit({"x": x}, y).predict({"x": x})).mean() == pytest.approx(q, abs=0.06)

    def test_poisson_is_positive_and_right_on_average(self):
        model = regressor(loss="poisson", epochs=40, learning_rate=0.02).fit({"a": A}, COUNTS)
        predicted = model.predict({"a": A})
        assert (predicted > 0).all()
        assert predicted.mean() == pytest.approx(COUNTS.mean(), rel=0.1)
        assert np.corrcoef(predicted, np.exp(1 + 0.5 * A))[0, 1] > 0.9

    def test_the_median_withstands_an_outlier(self):
        y = NUMBERS.copy()
        y[0] = 1e6
        squared, absolute = (
            np.abs(regressor(loss=loss, epochs=20, validation=0).fit(X, y).predict(X)[1:] - NUMBERS[1:]).mean()
            for loss in ("squared_error", "absolute_error")
        )
        assert absolute < squared

    @pytest.mark.parametrize("loss", ["squared_error", "absolute_error", "huber(delta=1)", "quantile(q=0.5)"])
    def test_predictions_are_in_the_target_s_unit(self, loss):
        one = regressor(loss=loss).fit(X, NUMBERS).predict(X)
        other = regressor(loss=loss).fit(X, 1000 * NUMBERS - 7).predict(X)
        np.testing.assert_allclose(other, 1000 * one - 7, rtol=1e-3)

    def test_so_are_those_of_poisson(self):
        one, other = (regressor(loss="poisson").fit(X, unit * COUNTS).predict(X) for unit in (1, 1000))
        np.testing.assert_allclose(other, 1000 * one, rtol=1e-3)

    def test_the_metrics_are_too(self):
        model = regressor(validation=0).fit(X, NUMBERS)
        told = {"rmse": metrics.root_mean_squared_error, "mae": metrics.mean_absolute_error, "r2": metrics.r2_score}
        for name, function in told.items():
            assert model.metrics_[name] == pytest.approx(function(NUMBERS, model.predict(X)), rel=1e-5)


class TestCalibration:
    def test_the_temperature_cools_an_overfitted_network(self):
        rng = np.random.default_rng(2)
        table = {f"x{j}": rng.normal(size=600) for j in range(6)}
        y = (table["x0"] + 2 * rng.normal(size=600) > 0).astype(int)
        train, test = ({name: cells[part] for name, cells in table.items()} for part in (slice(300), slice(300, 600)))
        options = {"n_estimators": 2, "epochs": 60, "hidden": (64,), "early_stopping": 100, "learning_rate": 0.02}
        options |= {"dropout": 0.0, "weight_decay": 0.0, "averaging": 0.0, "n_jobs": 1}
        calls = itertools.count()
        latest = lw.Metric("calls", lambda Y_hat, Y, w: next(calls), True)  # and so the last epoch is kept
        raw, cooled = (
            lw.TabularClassifier(**options, metric=latest, calibrate=calibrate).fit(train, y[:300])
            for calibrate in (False, True)
        )
        assert raw.temperature_ == 1 < cooled.temperature_
        losses = [metrics.log_loss(y[300:], model.predict_proba(test)) for model in (raw, cooled)]
        assert losses[1] < losses[0]

    def test_it_is_the_best_on_held_out_rows(self):
        model = classifier(n_estimators=1).fit(rows_of(X, slice(80)), THREE[:80], eval_set=(X, THREE))
        Z = np.log(model.predict_proba(X)) * model.temperature_

        def log_loss(T):
            P = np.exp(Z / T)
            return metrics.log_loss(THREE, P / P.sum(axis=1, keepdims=True))

        T = model.temperature_
        assert 0.25 < T < 4
        assert log_loss(T) <= min(log_loss(0.98 * T), log_loss(1.02 * T))

    def test_without_held_out_rows_it_is_one(self):
        assert classifier(validation=0).fit(X, LABELS).temperature_ == 1


class TestInScikitLearn:
    @pytest.mark.parametrize("make", [classifier, regressor])
    def test_parameters_go_round(self, make):
        model = make(drop=["a"], roles={"b": "numeric"})
        assert clone(model).get_params() == model.get_params()
        assert clone(model).set_params(epochs=9).epochs == 9

    def test_a_pipeline(self):
        model = make_pipeline(FunctionTransformer(), classifier()).fit(pd.DataFrame(X), LABELS)
        np.testing.assert_array_equal(model.predict(pd.DataFrame(X)), classifier().fit(X, LABELS).predict(X))

    @pytest.mark.parametrize(("make", "y"), [(classifier, LABELS), (regressor, NUMBERS)])
    def test_cross_validation(self, make, y):
        scores = cross_val_score(make(), pd.DataFrame(X), y, cv=3)
        assert np.isfinite(scores).all()

    def test_a_search(self):
        search = GridSearchCV(classifier(), {"hidden": [(3,), (5, 5)]}, scoring="neg_log_loss", cv=2)
        search.fit(pd.DataFrame(X), LABELS)
        assert search.best_params_["hidden"] in [(3,), (5, 5)]
        assert search.predict(pd.DataFrame(X)).shape == (m,)


NOT_KEPT = {
    "check_sample_weight_equivalence_on_dense_data": "mini-batches, folds and quantiles are of rows: twice is not 2",
}


@pytest.mark.filterwarnings("default")
@parametrize_with_checks(
    [make(epochs=30, hidden=(16,), learning_rate=0.02) for make in (classifier, regressor)],
    expected_failed_checks=lambda estimator: NOT_KEPT,
)
def test_of_scikit_learn(estimator, check):
    check(estimator)


class TestFiles:
    @pytest.mark.parametrize(("make", "y"), [(classifier, LABELS), (classifier, THREE), (regressor, NUMBERS)])
    def test_a_saved_model_gives_the_same_bits(self, make, y, tmp_path):
        model = make().fit(X, y)
        lw.save(model, tmp_path / "estimator")
        lw.save(model.model_, tmp_path / "model")
        assert (tmp_path / "estimator").read_bytes() == (tmp_path / "model").read_bytes()
        again = lw.load(tmp_path / "estimator")
        assert isinstance(again, lw.TabularModel)
        np.testing.assert_array_equal(again.predict(lw.tables.Table(X)), model.predict(X))

    def test_a_saved_model_keeps_labels_that_float64_cannot(self, tmp_path):
        model = classifier().fit(X, 2**60 + LABELS)
        lw.save(model, tmp_path / "model")
        told = lw.load(tmp_path / "model").predict(lw.tables.Table(X))
        assert [int(label) for label in told] == model.predict(X).tolist()

    @pytest.mark.parametrize(("make", "y"), [(classifier, LABELS), (regressor, NUMBERS)])
    def test_a_pickle_does_too(self, make, y):
        model = make().fit(X, y)
        again = pickle.loads(pickle.dumps(model))
        np.testing.assert_array_equal(again.predict(X), model.predict(X))
        assert again.metrics_ == model.metrics_

    def test_joblib_does_too(self, tmp_path):
        joblib = pytest.importorskip("joblib")
        model = classifier().fit(X, LABELS)
        joblib.dump(model, tmp_path / "model")
        np.testing.assert_array_equal(joblib.load(tmp_path / "model").predict_proba(X), model.predict_proba(X))


class TestWhatIsNotKept:
    def test_no_more_for_more_rows(self):
        def size(times):
            table = {"a": np.tile(A, times), "town": np.tile(TOWN, times)}
            options = {"batch_size": 32, "learning_rate": 0.01}
            return len(pickle.dumps(classifier(**options, roles={"a": "numeric"}).fit(table, np.tile(LABELS, times))))

        assert abs(size(20) - size(1)) < 3000  # numbers of other lengths, and more quantiles of them

    def test_no_cell(self, tmp_path):
        secret = "a name that nobody should read"
        table = {
            **X,
            "name": [secret, *[f"person {i}" for i in range(1, m)]],  # dropped, as near-unique
            "asked": [secret, *X["town"][1:]],  # dropped, as asked
            "street": [secret, *[f"street {i // 2}" for i in range(1, m)]],  # rare: has no level of its own
        }
        model = classifier(drop=["asked"]).fit(table, LABELS)
        assert secret.encode() not in pickle.dumps(model)
        lw.save(model, tmp_path / "model")
        assert secret.encode() not in (tmp_path / "model").read_bytes()


def test_booleans_to_learn_are_booleans_when_the_model_is_loaded(tmp_path):
    model = classifier().fit(X, LABELS == 1)
    lw.save(model, tmp_path / "model")
    loaded = lw.load(tmp_path / "model")
    np.testing.assert_array_equal(loaded.predict(X), model.predict(X))
    assert loaded.predict(X).dtype == bool
