"""`fit_table` and `TableModel` against scikit-learn, and the promises about rows, seeds and files."""

from dataclasses import replace

import numpy as np
import pytest

import layerwise as lw
from layerwise.equations.streams import Purpose, permutation
from layerwise.errors import ParameterError, TableError
from layerwise.estimators import TableModel, fit_table
from layerwise.estimators.splitting import held_out_rows
from layerwise.tables import Table, TargetEncoder

sklearn = pytest.importorskip("sklearn")

from sklearn import metrics  # noqa: E402
from sklearn.dummy import DummyClassifier, DummyRegressor  # noqa: E402
from sklearn.linear_model import LinearRegression, LogisticRegression  # noqa: E402

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
QUICK = {"hidden": (8,), "epochs": 5, "seed": 3}


def table_for(task):
    return Table({**FEATURES, "y": TARGETS[task]})


tasks = pytest.mark.parametrize("task", TARGETS)
class_tasks = pytest.mark.parametrize("task", ["binary", "multiclass"])


class TestSplit:
    @tasks
    def test_the_seed_gives_the_rows(self, task):
        table = table_for(task)
        target = TargetEncoder.fit(table, "y")
        one, again, other = (held_out_rows(table, target, 0.25, seed) for seed in (3, 3, 4))
        np.testing.assert_array_equal(one, again)
        assert (one != other).any()
        assert one.sum() == other.sum() == 60

    def test_they_are_the_first_of_the_permutation(self):
        table = table_for("regression")
        held_out = held_out_rows(table, TargetEncoder.fit(table, "y"), 0.25, 3)
        assert set(np.flatnonzero(held_out)) == set(permutation(m, 3, Purpose.SPLIT)[:60])

    @class_tasks
    @pytest.mark.parametrize("part", [0.1, 0.2, 1 / 3, 0.5])
    def test_every_class_keeps_its_share(self, task, part):
        table = table_for(task)
        held_out = held_out_rows(table, TargetEncoder.fit(table, "y"), part, 0)
        assert held_out.sum() == round(part * m)
        for name in set(TARGETS[task]):
            of_class = np.array(TARGETS[task]) == name
            assert abs(held_out[of_class].sum() - part * of_class.sum()) < 1

    @pytest.mark.parametrize(("part", "count"), [(0.1, 5), (0.2, 10), (0.25, 12), (0.04, 2)])
    def test_tiny_classes_give_their_part_together(self, part, count):
        table = Table({"y": [f"c{k}" for k in range(10)] * 5})
        assert held_out_rows(table, TargetEncoder.fit(table, "y"), part, 0).sum() == count

    def test_every_class_keeps_a_row_to_learn_from(self):
        table = Table({"y": ["rare", "pair", "pair", *["many"] * 17]})
        held_out = held_out_rows(table, TargetEncoder.fit(table, "y"), 0.9, 0)
        assert set(table.take(~held_out)["y"]) == {"rare", "pair", "many"}
        assert not held_out[0]

    def test_what_cannot_be_held_out_is_said(self):
        table = Table({"a": [1.0, 2.0], "y": ["p", "q"]})
        with pytest.raises(TableError, match=r"Of 2 rows no part of 0\.2 can be held out.* \(--validation 0\)"):
            fit_table(table, "y")

    def test_classes_are_told_from_all_rows(self):
        """Ten numbers with 20 rows are classes; the 16 rows that are kept would not say so by themselves."""
        table = Table({"a": np.arange(20) ** 2 % 7, "y": list(range(10)) * 2})
        model = fit_table(table, "y", **QUICK)
        assert model.target.task == "multiclass"
        assert len(model.target.classes) == 10

    def test_a_far_target_is_learnt_from_whatever_the_seed(self):
        columns = {"a": rng.normal(size=50), "y": 1e-10 * rng.normal(size=50)}
        columns["y"][17] = 5.0
        for seed in range(8):
            model = fit_table(Table(columns), "y", hidden=(), epochs=1, seed=seed, validation=0.5)
            assert model.target.std > 0.5
            assert sum(model.rows.values()) == 50

    def test_a_far_feature_may_be_held_out(self):
        columns = {"a": 1e-10 * rng.normal(size=50), "b": rng.normal(size=50), "y": rng.normal(size=50)}
        columns["a"][17] = 1e300
        for seed in range(8):
            model = fit_table(Table(columns), "y", hidden=(), epochs=1, seed=seed, validation=0.5)
            assert np.isfinite(list(model.metrics.values())).all()


class TestFit:
    @tasks
    def test_rows_are_counted(self, task):
        targets = [None, None, None, *TARGETS[task][3:]]
        model = fit_table(Table({**FEATURES, "y": targets}), "y", **QUICK)
        held_out = round(0.2 * (m - 3))
        assert model.rows == {"training": m - 3 - held_out, "held_out": held_out, "without_target": 3}

    @tasks
    def test_without_held_out_rows_the_metrics_are_of_the_training_rows(self, task):
        table = table_for(task)
        model = fit_table(table, "y", validation=0, **QUICK)
        assert model.rows == {"training": m, "held_out": 0, "without_target": 0}
        assert model.metrics == model.evaluate(table)
        assert model.result.history.validation_cost == []

    @tasks
    def test_the_metrics_are_of_the_held_out_rows(self, task):
        table = table_for(task)
        model = fit_table(table, "y", **QUICK)
        held_out = table.take(held_out_rows(table, TargetEncoder.fit(table, "y"), 0.2, QUICK["seed"]))
        assert model.metrics == model.evaluate(held_out)
        assert model.baseline_metrics == model.baseline(held_out)

    def test_the_statistics_are_of_the_training_rows_alone(self):
        table = table_for("regression")
        model = fit_table(table, "y", **QUICK)
        kept = table.take(~held_out_rows(table, TargetEncoder.fit(table, "y"), 0.2, QUICK["seed"]))
        assert model.target.mean == pytest.approx(kept["y"].mean(), rel=1e-14)
        assert model.encoder.columns[1].median == np.median(kept["b"])

    def test_the_numbers_of_a_categorical_target_are_classes(self):
        table = Table({"a": A, "y": (np.arange(m) % 12 + 0.5).tolist()})
        assert fit_table(table, "y", **QUICK).target.task == "regression"
        assert fit_table(table, "y", categorical=["y"], **QUICK).target.task == "multiclass"
        assert fit_table(table, "y", categorical=["y"], task="regression", **QUICK).target.task == "regression"

    @pytest.mark.parametrize(
        ("option", "message"),
        [
            ({"seed": -1}, "'seed' parameter of fit_table must be an int"),
            ({"seed": 2**64}, "'seed' parameter of fit_table must be an int"),
            ({"validation": 1}, "'validation' parameter of fit_table must be a float"),
        ],
    )
    def test_parameters_are_checked(self, option, message):
        with pytest.raises(ParameterError, match=message):
            fit_table(table_for("binary"), "y", **{**QUICK, **option})


class TestLinearModels:
    @class_tasks
    def test_no_hidden_layer_is_logistic_regression(self, task):
        table = table_for(task)
        model = fit_table(table, "y", hidden=(), validation=0, optimizer="lbfgs", l2=1.0, epochs=2000, dtype="float64")
        X = model.encoder.transform(table)
        peer = LogisticRegression(C=1.0, tol=1e-10, max_iter=10_000).fit(X, TARGETS[task])
        np.testing.assert_allclose(model.predict_proba(table), peer.predict_proba(X), atol=1e-4)

    def test_no_hidden_layer_is_linear_regression(self):
        table = Table({"a": A, "b": FEATURES["b"], "y": TARGETS["regression"]})
        model = fit_table(table, "y", hidden=(), validation=0, optimizer="lbfgs", epochs=2000, dtype="float64")
        X = model.encoder.transform(table)
        peer = LinearRegression().fit(X, TARGETS["regression"])
        np.testing.assert_allclose(model.predict(table), peer.predict(X), rtol=1e-6)


class TestMetrics:
    @class_tasks
    def test_evaluate_is_what_scikit_learn_says_of_the_predictions(self, task):
        table = table_for(task)
        model = fit_table(table, "y", **QUICK)
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
        model = fit_table(table, "y", **QUICK)
        told, predicted = model.evaluate(table), model.predict(table) / unit
        assert told["rmse"] / unit == pytest.approx(metrics.root_mean_squared_error(truth, predicted), rel=1e-6)
        assert told["mae"] / unit == pytest.approx(metrics.mean_absolute_error(truth, predicted), rel=1e-6)
        assert told["r2"] == pytest.approx(metrics.r2_score(truth, predicted), abs=1e-6)

    @class_tasks
    def test_the_baseline_is_the_prior(self, task):
        table = table_for(task)
        model = fit_table(table, "y", **QUICK)
        held_out = held_out_rows(table, TargetEncoder.fit(table, "y"), 0.2, QUICK["seed"])
        kept, looked_at = table.take(~held_out)["y"], table.take(held_out)["y"]
        dummy = DummyClassifier(strategy="prior").fit(np.zeros((len(kept), 1)), kept.tolist())
        X = np.zeros((len(looked_at), 1))
        assert model.baseline_metrics["accuracy"] == dummy.score(X, looked_at.tolist())
        log_loss = metrics.log_loss(looked_at.tolist(), dummy.predict_proba(X), labels=dummy.classes_)
        assert model.baseline_metrics["log_loss"] == pytest.approx(log_loss)

    def test_the_baseline_of_regression_is_the_mean(self):
        table = table_for("regression")
        model = fit_table(table, "y", **QUICK)
        held_out = held_out_rows(table, TargetEncoder.fit(table, "y"), 0.2, QUICK["seed"])
        kept, truth = table.take(~held_out)["y"], table.take(held_out)["y"]
        predicted = DummyRegressor().fit(np.zeros((len(kept), 1)), kept).predict(np.zeros((len(truth), 1)))
        told = model.baseline_metrics
        assert told["rmse"] == pytest.approx(metrics.root_mean_squared_error(truth, predicted))
        assert told["mae"] == pytest.approx(metrics.mean_absolute_error(truth, predicted))
        assert told["r2"] == pytest.approx(metrics.r2_score(truth, predicted))


class TestPrediction:
    def test_probabilities_are_for_classes(self):
        model = fit_table(table_for("regression"), "y", **QUICK)
        with pytest.raises(ParameterError, match="predict_proba needs a model of classes"):
            model.predict_proba(table_for("regression"))

    @class_tasks
    def test_a_label_is_that_of_the_greatest_probability(self, task):
        table = table_for(task)
        model = fit_table(table, "y", **QUICK)
        P = model.predict_proba(table)
        np.testing.assert_allclose(P.sum(axis=1), 1, rtol=0, atol=4e-16)
        assert (model.predict(table) == np.array(model.target.classes)[P.argmax(axis=1)]).all()

    def test_the_target_is_not_needed(self):
        model = fit_table(table_for("binary"), "y", **QUICK)
        np.testing.assert_array_equal(model.predict(Table(FEATURES)), model.predict(table_for("binary")))

    @tasks
    @pytest.mark.parametrize(("stopped", "why"), [("diverged", "it diverged"), ("epochs", "its weights are too large")])
    def test_outputs_that_are_not_finite_are_refused_and_their_metrics_nan(self, task, stopped, why):
        table = table_for(task)
        model = fit_table(table, "y", **QUICK)
        theta = model.result.parameters.copy()
        theta.vector[::2], theta.vector[1::2] = 3e38, -3e38  # whose products are ∞ − ∞
        model = replace(model, result=replace(model.result, parameters=theta, stopped=stopped))
        assert np.isnan(list(model.evaluate(table).values())).all()
        for predict in (model.predict, *((model.predict_proba,) if task != "regression" else ())):
            with pytest.raises(TableError, match=rf"Row \d+: the model's outputs are not finite: {why}"):
                predict(table)


@tasks
def test_a_file_gives_the_same_model_back(tmp_path, task):
    table = table_for(task)
    model = fit_table(table, "y", **QUICK)
    lw.save(model, tmp_path / "m")
    again = lw.load(tmp_path / "m")
    assert isinstance(again, TableModel)
    assert (again.encoder, again.target) == (model.encoder, model.target)
    assert (again.rows, again.metrics) == (model.rows, model.metrics)
    assert again.baseline_metrics == model.baseline_metrics
    np.testing.assert_array_equal(again.predict(table), model.predict(table))
    assert again.evaluate(table) == model.evaluate(table)


@tasks
def test_the_same_seed_gives_the_same_model(task):
    one, again = (fit_table(table_for(task), "y", **QUICK) for _ in range(2))
    np.testing.assert_array_equal(one.result.parameters.vector, again.result.parameters.vector)
    other = fit_table(table_for(task), "y", **{**QUICK, "seed": 4})
    assert (one.result.parameters.vector != other.result.parameters.vector).any()
