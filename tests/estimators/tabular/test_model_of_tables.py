"""`fit_model` and `TabularModel` against scikit-learn, and the promises about rows, seeds and files."""

import json
from dataclasses import replace

import numpy as np
import pytest

import layerwise as lw
from layerwise.errors import ParameterError, TableError
from layerwise.estimators.tabular import Rows, Settings, TabularModel, fit_model
from layerwise.estimators.tabular.folds import fold_of_rows
from layerwise.tables import Table, TargetEncoder

pytest.importorskip("sklearn")

from sklearn import metrics
from sklearn.dummy import DummyClassifier, DummyRegressor

rng = np.random.default_rng(0)
m = 240
A, B = rng.normal(size=(2, m))
CITY = rng.choice(["Lima", "Oslo", "Rome"], size=m)
NOISE = rng.normal(size=m)
FEATURES = {"a": np.where(rng.random(m) < 0.1, np.nan, A), "b": 100 + 5 * B, "city": CITY.tolist()}
TARGETS = {
    "binary": np.where(A + B + (CITY == "Oslo") + NOISE > 0.3, "yes", "no").tolist(),
    "multiclass": np.where(A > 0.5, "high", np.where(B + NOISE > 0.5, "mid", "low")).tolist(),
    "regression": (1000 + 50 * A - 30 * B + 10 * NOISE).tolist(),
}
QUICK = {"hidden": (8,), "epochs": 5, "seed": 3, "n_estimators": 2}

tasks = pytest.mark.parametrize("task", TARGETS)
class_tasks = pytest.mark.parametrize("task", ["binary", "multiclass"])


def table_for(task):
    return Table({**FEATURES, "y": TARGETS[task]})


def fitted(table, evaluation=None, **settings):
    target = TargetEncoder.fit(table, "y")
    rows = Rows(table, target.encode(table).T)
    looked_at = None if evaluation is None else Rows(evaluation, target.encode(evaluation).T)
    return fit_model(rows, target, Settings(**{"validation": 0.2, **QUICK, **settings}), evaluation=looked_at)


class TestRows:
    @tasks
    def test_five_networks_hold_out_every_row_once(self, task):
        model = fitted(table_for(task), n_estimators=5)
        assert model.rows == {"training": m, "held_out": m, "without_target": 0}
        if model.target.classes:
            assert sum(map(sum, model.evaluation.confusion)) == m

    def test_one_network_holds_out_its_part(self):
        model = fitted(table_for("binary"), n_estimators=1)
        assert model.rows["held_out"] == sum(map(sum, model.evaluation.confusion)) == m // 5

    @tasks
    def test_the_metrics_are_of_the_held_out_rows(self, task):
        table = table_for(task)
        model = fitted(table, n_estimators=1)
        target = TargetEncoder.fit(table, "y")
        classes = None if task == "regression" else target.probabilities(target.encode(table)).argmax(axis=1)
        held_out = table.take(fold_of_rows(classes, m, QUICK["seed"], 5) == 0)
        for name, value in model.evaluate(held_out).items():
            assert model.evaluation.metrics[name] == pytest.approx(value, rel=1e-6)
        assert model.evaluation.baseline == pytest.approx(model.baseline(held_out))

    @tasks
    def test_without_held_out_rows_the_metrics_are_of_the_training_rows(self, task):
        table = table_for(task)
        model = fitted(table, validation=0)
        assert model.rows == {"training": m, "held_out": 0, "without_target": 0}
        assert model.evaluation.metrics == pytest.approx(model.evaluate(table))
        assert all(member.history.validation_cost == [] for member in model.members)

    @tasks
    def test_evaluation_rows_take_the_place_of_held_out_ones(self, task):
        table = table_for(task)
        model = fitted(table.take(slice(0, 200)), evaluation=table.take(slice(200, m)))
        assert model.rows == {"training": 200, "held_out": m - 200, "without_target": 0}
        assert model.evaluation.metrics == pytest.approx(model.evaluate(table.take(slice(200, m))))

    def test_what_cannot_be_held_out_is_said(self):
        table = Table({"a": np.arange(12.0) ** 2, "y": [f"c{i}" for i in range(12)]})
        with pytest.raises(TableError, match=r"Of 12 rows none can be held out.* \(--validation 0\)"):
            fitted(table)


class TestMetrics:
    @class_tasks
    def test_evaluate_is_what_scikit_learn_says_of_the_predictions(self, task):
        table = table_for(task)
        model = fitted(table)
        P, labels, truth = model.predict_proba(table), model.predict(table), TARGETS[task]
        told = model.evaluate(table)
        assert told["accuracy"] == pytest.approx(metrics.accuracy_score(truth, labels))
        assert told["log_loss"] == pytest.approx(metrics.log_loss(truth, P, labels=model.target.classes), rel=1e-5)
        if task == "binary":
            assert told["auc"] == pytest.approx(metrics.roc_auc_score(truth, P[:, 1]))
        else:
            assert "auc" not in told

    @pytest.mark.parametrize("unit", [1.0, 1e297, 1e-303])
    def test_evaluate_of_regression_is_in_every_unit(self, unit):
        truth = np.array(TARGETS["regression"])
        table = Table({**FEATURES, "y": truth * unit})
        model = fitted(table)
        told, predicted = model.evaluate(table), model.predict(table) / unit
        assert told["rmse"] / unit == pytest.approx(metrics.root_mean_squared_error(truth, predicted), rel=1e-6)
        assert told["mae"] / unit == pytest.approx(metrics.mean_absolute_error(truth, predicted), rel=1e-6)
        assert told["r2"] == pytest.approx(metrics.r2_score(truth, predicted), abs=1e-6)

    @class_tasks
    def test_the_baseline_is_the_prior(self, task):
        table, truth = table_for(task), TARGETS[task]
        told = fitted(table).baseline(table)
        X = np.zeros((m, 1))
        dummy = DummyClassifier(strategy="prior").fit(X, truth)
        assert told["accuracy"] == pytest.approx(dummy.score(X, truth))
        log_loss = metrics.log_loss(truth, dummy.predict_proba(X), labels=dummy.classes_)
        assert told["log_loss"] == pytest.approx(log_loss)

    @pytest.mark.parametrize("loss", ["squared_error", "poisson"])
    def test_the_baseline_of_regression_is_the_mean(self, loss):
        table, truth = table_for("regression"), np.array(TARGETS["regression"])
        target = TargetEncoder.fit(table, "y")
        if loss == "poisson":
            target = replace(target, mean=0.0, std=truth.mean())
        rows = Rows(table, target.encode(table).T)
        model = fit_model(rows, target, Settings(**QUICK, loss=loss, validation=0))
        X = np.zeros((m, 1))
        predicted = DummyRegressor().fit(X, truth).predict(X)
        for told in (model.baseline(table), model.evaluation.baseline):
            assert told["rmse"] == pytest.approx(metrics.root_mean_squared_error(truth, predicted))
            assert told["mae"] == pytest.approx(metrics.mean_absolute_error(truth, predicted))
            assert told["r2"] == pytest.approx(0, abs=1e-7)  # targets are float32


class TestPrediction:
    def test_probabilities_are_for_classes(self):
        model = fitted(table_for("regression"))
        with pytest.raises(ParameterError, match="predict_proba needs a model of classes"):
            model.predict_proba(table_for("regression"))

    @class_tasks
    def test_a_label_is_that_of_the_greatest_probability(self, task):
        table = table_for(task)
        model = fitted(table)
        P = model.predict_proba(table)
        np.testing.assert_allclose(P.sum(axis=1), 1, rtol=0, atol=4e-16)
        assert (model.predict(table) == np.array(model.target.classes)[P.argmax(axis=1)]).all()

    def test_the_target_is_not_needed(self):
        model = fitted(table_for("binary"))
        np.testing.assert_array_equal(model.predict(Table(FEATURES)), model.predict(table_for("binary")))

    @tasks
    @pytest.mark.parametrize(("stopped", "why"), [("diverged", "it diverged"), ("epochs", "its weights are too large")])
    def test_outputs_that_are_not_finite_are_refused_and_their_metrics_nan(self, task, stopped, why):
        table = table_for(task)
        model = fitted(table, activation="relu")
        theta = model.members[0].parameters.copy()
        theta.vector[::2], theta.vector[1::2] = 3e38, -3e38  # whose products are ∞ − ∞
        broken = replace(model.members[0], parameters=theta, stopped=stopped)
        model = replace(model, members=(broken, *model.members[1:]))
        assert np.isnan(list(model.evaluate(table).values())).all()
        for predict in (model.predict, *((model.predict_proba,) if task != "regression" else ())):
            with pytest.raises(TableError, match=rf"Row \d+: the model's outputs are not finite: {why}"):
                predict(table)


@tasks
def test_a_file_gives_the_same_model_back(tmp_path, task):
    table = table_for(task)
    model = fitted(table)
    lw.save(model, tmp_path / "m")
    again = lw.load(tmp_path / "m")
    assert isinstance(again, TabularModel)
    assert (again.encoder, again.target) == (model.encoder, model.target)
    assert (again.rows, again.settings, again.temperature) == (model.rows, model.settings, model.temperature)
    assert json.dumps(again.evaluation.to_config()) == json.dumps(model.evaluation.to_config())
    np.testing.assert_array_equal(again.predict(table), model.predict(table))
    assert again.evaluate(table) == model.evaluate(table)


@tasks
def test_the_same_seed_gives_the_same_model(task):
    one, again = (fitted(table_for(task)) for _ in range(2))
    for first, second in zip(one.members, again.members, strict=True):
        np.testing.assert_array_equal(first.parameters.vector, second.parameters.vector)
    other = fitted(table_for(task), seed=4)
    assert (one.members[0].parameters.vector != other.members[0].parameters.vector).any()


def test_networks_that_all_diverge_are_kept_and_nothing_is_told_of_columns():
    with pytest.warns(lw.errors.DivergenceWarning):
        model = fitted(table_for("binary"), learning_rate=1e30)
    assert {member.stopped for member in model.members} == {"diverged"}
    assert all(np.isfinite(member.parameters.vector).all() for member in model.members)
    assert model.evaluation.importances == ()
    assert np.isnan(model.evaluation.metrics["accuracy"])
