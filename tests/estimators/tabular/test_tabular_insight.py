"""What a fitted model tells of itself: importances, pictures, and the numbers on held-out rows."""

import numpy as np
import pytest
from sklearn import metrics

import layerwise as lw
from layerwise.equations import cost, forward
from layerwise.equations.streams import Purpose, permutation
from layerwise.estimators.tabular import plots
from layerwise.estimators.tabular.evaluation import evaluated
from layerwise.estimators.tabular.importance import gradient_importance, permutation_importance
from layerwise.tables import Table, TargetEncoder

m = 300
rng = np.random.default_rng(0)
A, B, NOISE, MORE = rng.normal(size=(4, m))
MANY = rng.integers(40, size=m)  # levels, so many that they are embedded
LEVELS = np.array([f"level {k}" for k in range(40)])
EFFECT = rng.normal(size=40)
X = {"a": A, "noise": NOISE, "more noise": MORE, "level": LEVELS[MANY], "flag": B > 0}
QUICK = {"epochs": 25, "n_estimators": 2, "hidden": (16,), "learning_rate": 0.02, "n_jobs": 1}

MATTERS = {
    "a number": (3 * A, "a"),
    "a boolean": (3.0 * (B > 0), "flag"),
    "an embedded level": (3 * EFFECT[MANY], "level"),
}
BINARY = (A + 0.3 * NOISE > 0).astype(int)
THREE = np.where(A > 0.4, "high", np.where(A > -0.4, "mid", "low"))


def regressor(**options):
    return lw.TabularRegressor(**{**QUICK, **options})


def classifier(**options):
    return lw.TabularClassifier(**{**QUICK, **options})


class TestImportance:
    @pytest.mark.parametrize("name", MATTERS)
    def test_the_column_that_matters_is_first(self, name):
        y, column = MATTERS[name]
        model = regressor().fit(X, y)
        for found in (model.permutation_importance_, model.gradient_importance_):
            first, *rest = found.items()
            assert first[0] == column
            assert all(abs(value) < 0.25 * first[1] for _, value in rest)
        assert dict(zip(X, model.feature_importances_, strict=True))[column] > 0.7
        assert model.feature_importances_.sum() == pytest.approx(1)

    @pytest.mark.parametrize("y", [BINARY, THREE])
    def test_of_classes_too(self, y):
        model = classifier().fit(X, y)
        assert next(iter(model.permutation_importance_)) == next(iter(model.gradient_importance_)) == "a"

    def test_they_are_in_falling_order(self):
        model = regressor().fit(X, 3 * A + EFFECT[MANY])
        for found in (model.permutation_importance_, model.gradient_importance_):
            assert list(found) == sorted(found, key=lambda name: -found[name])
            assert set(found) == set(X)

    def test_they_are_the_same_every_time(self):
        one, other = (regressor(n_jobs=jobs).fit(X, 3 * A) for jobs in (1, 2))
        assert one.permutation_importance_ == other.permutation_importance_
        assert one.gradient_importance_ == other.gradient_importance_

    def test_a_dropped_column_has_none(self):
        model = regressor(drop=["noise"]).fit(X, 3 * A)
        assert "noise" not in model.permutation_importance_
        assert model.feature_importances_[list(X).index("noise")] == 0

    @pytest.mark.parametrize("n_rows", [7, 64])
    @pytest.mark.parametrize("weighted", [False, True])
    def test_permutation_is_the_rise_of_the_cost(self, n_rows, weighted):
        net = lw.Network((5, 4, 3), ("tanh", "softmax"))
        theta = lw.initialize(net, seed=1).astype("float32")
        rng = np.random.default_rng(2)
        data = np.asfortranarray(rng.normal(size=(5, n_rows)).astype(np.float32))
        Y = lw.one_hot(rng.integers(3, size=n_rows), 3)
        w = rng.random(n_rows) + 0.1 if weighted else None
        columns = {"a": [0], "b": [1, 3], "c": [4, 2]}
        found = permutation_importance(net, theta, data, Y, w, columns, seed=9)

        def cost_of(inputs):
            return cost(net, theta, forward(net, theta, inputs), Y, 0.0, w)

        for k, (name, rows) in enumerate(columns.items()):
            shuffled = data.copy()
            shuffled[rows] = data[rows][:, permutation(n_rows, 9, Purpose.IMPORTANCE, k)]
            assert found[name] == pytest.approx(cost_of(shuffled) - cost_of(data), abs=1e-6)

    def test_it_does_not_depend_on_how_many_are_predicted_at_once(self, monkeypatch):
        net = lw.Network((6, 4, 1), ("relu", "identity"))
        theta = lw.initialize(net, seed=1).astype("float32")
        rng = np.random.default_rng(2)
        data, Y = rng.normal(size=(6, 50)).astype(np.float32), rng.normal(size=(1, 50))
        columns = {f"x{j}": [j] for j in range(6)}
        at_once = permutation_importance(net, theta, data, Y, None, columns, seed=0)
        monkeypatch.setattr("layerwise.estimators.tabular.importance.CELLS", 1)
        one_by_one = permutation_importance(net, theta, data, Y, None, columns, seed=0)
        assert one_by_one == pytest.approx(at_once, abs=1e-6)

    def test_gradient_is_a_derivative(self):
        embeddings = (lw.Embedding(4, 2),)
        net = lw.Network((5, 6, 2), ("tanh", "identity"), embeddings=embeddings)
        theta = lw.initialize(net, seed=1)
        rng = np.random.default_rng(2)
        data = np.vstack([rng.normal(size=(3, 20)), rng.integers(4, size=(1, 20))])
        columns = {"a": [0], "b": [1, 2], "level": [3]}
        found = gradient_importance(net, theta, data, columns)

        inputs = np.vstack([data[:3], theta.E[0][:, data[3].astype(int)]])  # the embedding by hand
        dense = lw.Network((5, 6, 2), ("tanh", "identity"))
        after = lw.Parameters(W=theta.W[1:], b=theta.b[1:])
        centred, step = inputs - inputs.mean(axis=1, keepdims=True), 1e-6
        for name, rows in {"a": [0], "b": [1, 2], "level": [3, 4]}.items():
            along = np.zeros_like(inputs)
            along[rows] = centred[rows]
            outputs = [forward(dense, after, inputs + h * along).Y_hat for h in (step, -step)]
            derivative = (outputs[0] - outputs[1]) / (2 * step)
            assert found[name] == pytest.approx(np.abs(derivative).mean(axis=1).sum(), rel=1e-6)


def encoded(y):
    target = TargetEncoder.fit(Table({"y": y}), "y")
    return target, target.encode(Table({"y": y})).T


class TestEvaluation:
    @pytest.mark.parametrize("classes", [2, 3, 20])
    def test_the_confusion_is_that_of_scikit_learn(self, classes):
        rng = np.random.default_rng(classes)
        y = np.arange(200) % classes
        target, Y = encoded([f"c{k:02}" for k in y])
        P = rng.dirichlet(np.ones(classes), 200)
        found = evaluated(target, P[:, 1:].T if classes == 2 else P.T, Y, None, (), Y.mean(axis=1).tolist())
        assert np.array_equal(found.confusion, metrics.confusion_matrix(y, P.argmax(axis=1)))
        assert found.metrics["accuracy"] == pytest.approx(metrics.accuracy_score(y, P.argmax(axis=1)))
        assert found.metrics["log_loss"] == pytest.approx(metrics.log_loss(y, P))
        assert len(found.calibration) == (1 if classes == 2 else classes)

    def test_the_bins_of_calibration(self):
        rng = np.random.default_rng(0)
        p = rng.random(95)
        y = (rng.random(95) < p).astype(int)
        target, Y = encoded(y)
        (curve,) = evaluated(target, p[None], Y, None, (), Y.mean(axis=1).tolist()).calibration
        order = np.argsort(p)
        assert sum(entry.rows for entry in curve) == 95
        assert [entry.rows for entry in curve] == [10] * 5 + [9] * 5
        start = 0
        for entry in curve:
            rows = order[start : start + entry.rows]
            assert entry.predicted == pytest.approx(p[rows].mean())
            assert entry.observed == pytest.approx(y[rows].mean())
            start += entry.rows

    def test_fewer_rows_than_bins(self):
        target, Y = encoded([0, 1, 1])
        (curve,) = evaluated(target, np.array([[0.2, 0.9, 0.4]]), Y, None, (), Y.mean(axis=1).tolist()).calibration
        assert [(entry.rows, entry.predicted, entry.observed) for entry in curve] == [
            (1, 0.2, 0),
            (1, 0.4, 1),
            (1, 0.9, 1),
        ]

    def test_the_quantiles_of_residuals(self):
        rng = np.random.default_rng(0)
        y = 50 + 7 * rng.normal(size=80)
        predicted = y + rng.normal(size=80)
        target, Y = encoded(y)
        found = evaluated(target, ((predicted - target.mean) / target.std)[None], Y, None, (), Y.mean(axis=1).tolist())
        assert found.residuals == pytest.approx(np.percentile(predicted - y, np.arange(0, 101, 5)))
        assert found.metrics["rmse"] == pytest.approx(metrics.root_mean_squared_error(y, predicted))
        assert found.confusion == ()
        (curve,) = found.calibration
        assert np.average([e.observed for e in curve], weights=[e.rows for e in curve]) == pytest.approx(y.mean())

    def test_a_model_s_is_of_its_held_out_rows(self):
        model = classifier(n_estimators=5, validation=0.2).fit(X, THREE)
        confusion = np.array(model.model_.evaluation.confusion)
        assert confusion.sum() == m
        assert confusion.sum(axis=1).tolist() == [(k == THREE).sum() for k in model.classes_]
        assert np.trace(confusion) / m == pytest.approx(model.metrics_["accuracy"])


NAMES = ["a", "$x_1$", "50 $", "new\nline", "tab\t", "größe_Ω", "_", "%s {0}", "\\frac", "x" * 200, " "]


def title_of(figure):
    return figure.axes[0].get_title()


class TestPictures:
    NUMBERS = regressor(epochs=3).fit(X, 3 * A)
    LABELS = classifier(epochs=3).fit(X, BINARY)
    CLASSES = classifier(epochs=3).fit(X, THREE)

    @pytest.mark.parametrize("model", [NUMBERS, LABELS, CLASSES])
    def test_the_learning_curve_has_two_lines_a_network(self, model):
        figure = model.plot_learning_curve()
        (axes,) = figure.axes
        lines = [line for line in axes.lines if len(line.get_xdata()) == 3]
        assert len(lines) == 4
        np.testing.assert_allclose(lines[0].get_ydata(), model.history_[0].cost)
        np.testing.assert_allclose(lines[1].get_ydata(), model.history_[0].validation_cost)
        assert [text.get_text() for text in axes.get_legend().get_texts()] == [
            "training", "held-out rows", "epoch that is kept",
        ]  # fmt: skip
        assert axes.get_xlabel() == "epoch"
        assert ("nats" in axes.get_ylabel()) == (model is not self.NUMBERS)
        assert title_of(figure) == "Learning curve: y"

    def test_its_unit_is_that_of_the_loss(self):
        labels = {
            loss: regressor(epochs=1, loss=loss).fit(X, np.abs(A)).plot_learning_curve().axes[0].get_ylabel()
            for loss in ("squared_error", "absolute_error", "poisson")
        }
        assert labels == {
            "squared_error": "cost (squared standard deviations, halved)",
            "absolute_error": "cost (loss)",
            "poisson": "cost (loss)",
        }

    @pytest.mark.parametrize("top", [1, 3, 20])
    def test_the_importance_has_a_bar_a_column(self, top):
        (axes,) = self.NUMBERS.plot_importance(top).axes
        expected = list(self.NUMBERS.permutation_importance_.items())[:top][::-1]
        assert [text.get_text() for text in axes.get_yticklabels()] == [name for name, _ in expected]
        assert [bar.get_width() for bar in axes.patches] == pytest.approx([value for _, value in expected])

    def test_the_calibration_of_two_classes_has_a_curve_for_the_second(self):
        (axes,) = self.LABELS.plot_calibration().axes
        _, curve = axes.lines
        assert curve.get_label() == "1"
        np.testing.assert_allclose(
            curve.get_xdata(), [entry.predicted for entry in self.LABELS.model_.evaluation.calibration[0]]
        )

    def test_of_three_one_for_each(self):
        (axes,) = self.CLASSES.plot_calibration().axes
        assert [line.get_label() for line in axes.lines[1:]] == ["high", "low", "mid"]

    def test_and_of_numbers_one(self):
        (axes,) = self.NUMBERS.plot_calibration().axes
        assert len(axes.lines) == 2
        assert axes.get_xlabel() == "prediction, held-out rows"

    def test_the_confusion_has_its_counts_in_it(self):
        (axes,) = plots.confusion(self.CLASSES.model_).axes
        counts = np.array(self.CLASSES.model_.evaluation.confusion)
        assert [text.get_text() for text in axes.texts] == [f"{count:,}" for count in counts.ravel()]
        assert [text.get_text() for text in axes.get_xticklabels()] == ["high", "low", "mid"]

    def test_the_residuals_are_their_quantiles(self):
        (axes,) = plots.residuals(self.NUMBERS.model_).axes
        np.testing.assert_allclose(axes.lines[0].get_xdata(), self.NUMBERS.model_.evaluation.residuals)

    @pytest.mark.parametrize("name", NAMES)
    def test_whatever_the_columns_are_called(self, name):
        model = classifier(epochs=1).fit({name: X["a"], "town": X["level"]}, np.where(BINARY, name + "!", name + "?"))
        shown = model.plot_importance().axes[0].get_yticklabels()
        assert all(len(text.get_text()) <= 60 and "\n" not in text.get_text() for text in shown)
        for figure in (
            model.plot_importance(),
            model.plot_calibration(),
            model.plot_learning_curve(),
            plots.confusion(model.model_),
            model.plot_partial_dependence({name: X["a"], "town": X["level"]}, name),
        ):
            figure.draw_without_rendering()
            for text in figure.findobj(match=lambda artist: hasattr(artist, "get_parse_math")):
                assert text._preprocess_math(text.get_text())[1] is False  # no name is read as a formula

    def test_twenty_classes(self):
        y = np.char.add("a rather long class ", (np.arange(m) % 20).astype(str))
        model = classifier(epochs=1).fit(X, y)
        for figure in (model.plot_calibration(), plots.confusion(model.model_), model.plot_learning_curve()):
            figure.draw_without_rendering()
        assert model.plot_calibration().axes[0].get_legend() is None
        assert len(plots.confusion(model.model_).axes[0].texts) == 400

    def test_one_column_and_one_network_without_held_out_rows(self):
        model = regressor(epochs=1, n_estimators=1, validation=0).fit({"a": A}, A)
        for figure in (model.plot_importance(), model.plot_calibration(), model.plot_learning_curve()):
            figure.draw_without_rendering()
        assert len(model.plot_learning_curve().axes[0].lines) == 1

    def test_a_model_that_was_loaded_draws_the_same(self, tmp_path):
        lw.save(self.LABELS, tmp_path / "model")
        again = lw.load(tmp_path / "model")
        one, other = (plots.importance(model).axes[0].patches for model in (again, self.LABELS.model_))
        assert [bar.get_width() for bar in one] == [bar.get_width() for bar in other]


class TestPartialDependence:
    def test_it_is_the_mean_prediction(self):
        model = classifier(epochs=5).fit(X, BINARY)
        (axes,) = model.plot_partial_dependence(X, "a").axes
        (line,) = axes.lines
        for k in (0, 17, 39):
            value, mean = line.get_xdata()[k], line.get_ydata()[k]
            assert mean == pytest.approx(model.predict_proba({**X, "a": np.full(m, value)})[:, 1].mean(), rel=1e-6)
        assert axes.get_xlabel() == "a"
        assert axes.get_ylabel() == "mean probability of 1"

    @pytest.mark.parametrize("sign", [1, -1])
    def test_it_never_turns_where_the_model_does_not(self, sign):
        model = regressor(epochs=5, monotone={"a": sign}).fit(X, 3 * A + EFFECT[MANY])
        (line,) = model.plot_partial_dependence(X, "a").axes[0].lines
        assert (sign * np.diff(line.get_ydata())).min() >= -1e-5

    def test_of_levels_and_flags_it_has_points(self):
        model = regressor(epochs=5).fit(X, EFFECT[MANY])
        levels, flag = model.plot_partial_dependence(X, ["level", "flag"]).axes
        assert len(levels.get_xticklabels()) == 20  # the most frequent
        assert [text.get_text() for text in flag.get_xticklabels()] == ["false", "true"]
        assert flag.lines[0].get_linestyle() == "-"
        assert flag.lines[0].get_marker() == "o"

    def test_of_classes_it_has_a_line_each(self):
        model = classifier(epochs=5).fit(X, THREE)
        (axes,) = model.plot_partial_dependence(X, "a").axes
        lines = np.array([line.get_ydata() for line in axes.lines])
        np.testing.assert_allclose(lines.sum(axis=0), 1)
        assert [text.get_text() for text in axes.get_legend().get_texts()] == ["high", "low", "mid"]

    def test_of_dates_it_has_a_line(self):
        table = {**X, "day": np.datetime64("2020-01-01") + rng.integers(900, size=m)}
        model = regressor(epochs=2).fit(table, 3 * A)
        figure = model.plot_partial_dependence(table, ("day",))
        figure.draw_without_rendering()
        assert len(figure.axes[0].lines[0].get_xdata()) == 40

    def test_a_column_with_gaps(self):
        table = {**X, "a": np.where(np.arange(m) % 3, A, np.nan), "flag": [None, *X["flag"][1:].tolist()]}
        model = regressor(epochs=2).fit(table, 3 * A)
        for axes in model.plot_partial_dependence(table, ["a", "flag"]).axes:
            assert np.isfinite(axes.lines[0].get_ydata()).all()
