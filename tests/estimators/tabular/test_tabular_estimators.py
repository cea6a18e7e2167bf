"""`TabularClassifier` and `TabularRegressor`: tables, targets, rows to look at, weights, callbacks, metrics, seeds."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn import metrics
from towns import LABELS, NUMBERS, THREE, TOWN, A, Listening, X, bits, classifier, m, regressor, rows_of

import layerwise as lw
from layerwise.errors import TableError, TableNotice

SHARED = bits(classifier().fit(X, LABELS))

TABLES = {
    "pandas": lambda: pd.DataFrame(X),
    "pandas with another index": lambda: pd.DataFrame(X, index=[f"r{i}" for i in range(m)][::-1]),
    "pandas with nullable types": lambda: pd.DataFrame(X).convert_dtypes(),
    "pandas with pyarrow types": lambda: pd.DataFrame(X).convert_dtypes(dtype_backend="pyarrow"),
    "pandas with categories": lambda: pd.DataFrame(X).astype({"town": "category"}),
    "polars": lambda: pl.DataFrame(X, nan_to_null=True),
    "polars with categories": lambda: pl.DataFrame(X).with_columns(pl.col("town").cast(pl.Categorical)),
    "pyarrow": lambda: pa.table(pd.DataFrame(X)),
    "a table": lambda: lw.tables.Table(X),
    "columns in another order": lambda: {name: X[name] for name in ("a", "b", "town")},
}


class TestTables:
    @pytest.mark.parametrize("name", TABLES)
    def test_the_same_cells_are_the_same_model(self, name):
        assert bits(classifier().fit(TABLES[name](), LABELS)) == SHARED

    @pytest.mark.parametrize("name", TABLES)
    def test_and_the_same_predictions(self, name):
        model = classifier().fit(X, LABELS)
        np.testing.assert_array_equal(model.predict_proba(TABLES[name]()), model.predict_proba(X))

    def test_so_are_arrays_of_numbers(self):
        table, matrix = {"x0": A, "x1": X["b"]}, np.c_[A, X["b"]]
        models = [classifier().fit(given, LABELS) for given in (table, matrix, matrix.tolist(), matrix.astype(object))]
        assert all(bits(model) == bits(models[0]) for model in models)
        assert models[1].feature_names_in_.tolist() == ["x0", "x1"]

    def test_columns_may_be_predicted_in_another_order(self):
        model = classifier().fit(X, LABELS)
        turned = {name: X[name] for name in reversed(X)}
        np.testing.assert_array_equal(model.predict_proba(turned), model.predict_proba(X))

    def test_and_a_category_may_be_new(self):
        model = classifier().fit(X, LABELS)
        P = model.predict_proba({**X, "town": ["Rio"] * m})
        known = [model.predict_proba({**X, "town": [town] * m}) for town in ("Lima", "Oslo", "Rome")]
        np.testing.assert_allclose(P, np.mean(known, axis=0), atol=0.05)  # it is like any of them

    def test_or_missing(self):
        given = {**X, "town": [None, *X["town"][1:]]}
        assert np.isfinite(classifier().fit(given, LABELS).predict_proba(given)).all()

    def test_but_no_column_may(self):
        with pytest.raises(TableError, match="The model needs column 'b'"):
            classifier().fit(X, LABELS).predict({"a": A, "town": TOWN})

    def test_more_columns_are_ignored_with_a_notice(self):
        model = classifier().fit(X, LABELS)
        with pytest.warns(TableNotice, match="'c'"):
            np.testing.assert_array_equal(model.predict(X | {"c": A}), model.predict(X))

    def test_the_table_stays_as_it_was(self):
        frame = pd.DataFrame(X)
        before = frame.copy()
        classifier().fit(frame, LABELS).predict(frame)
        pd.testing.assert_frame_equal(frame, before)

    def test_the_schema_says_what_became_of_the_columns(self):
        model = classifier(drop=["b"]).fit({**X, "k": np.ones(m)}, LABELS)
        roles = {info.column: info.role for info in model.schema_}
        assert roles == {"a": "numeric", "b": "dropped", "town": "category", "k": "dropped"}
        assert model.n_features_in_ == 4
        assert model.feature_names_in_.tolist() == ["a", "b", "town", "k"]
        assert model.feature_importances_.shape == (4,)
        assert model.feature_importances_[[1, 3]].tolist() == [0, 0]


TEXTS = np.where(LABELS, "yes", "no")

TARGETS = {
    "an array": LABELS,
    "a list": LABELS.tolist(),
    "a pandas series": pd.Series(LABELS, index=range(m, 0, -1)),
    "a nullable series": pd.Series(LABELS, dtype="Int64"),
    "a categorical series": pd.Series(LABELS, dtype="category"),
    "a polars series": pl.Series(LABELS),
    "a pyarrow array": pa.array(LABELS),
    "a pyarrow column": pa.chunked_array([LABELS[:50], LABELS[50:]]),
}

LABEL_TYPES = {
    "whole numbers": (LABELS, np.int64),
    "small ones": (LABELS.astype(np.uint8), np.uint8),
    "floats": (LABELS.astype(np.float32), np.float32),
    "booleans": (LABELS.astype(bool), np.bool_),
    "booleans in a list": (LABELS.astype(bool).tolist(), np.bool_),
    "floats in a list": (LABELS.astype(float).tolist(), np.float64),
    "texts": (TEXTS, np.dtype("<U3")),
    "texts in a list": (TEXTS.tolist(), object),
    "texts in a series": (pd.Series(TEXTS), object),
    "texts of pyarrow": (pa.array(TEXTS.tolist()), object),
    "numbers that float64 cannot tell apart": (2**60 + LABELS, np.int64),
    "and those beyond int64": ([2**70 + int(label) for label in LABELS], object),
    "texts that sort otherwise without blanks": (np.where(LABELS, " b", "a"), np.dtype("<U2")),
    "texts of which one is a truth value": (np.where(LABELS, "True", "maybe"), np.dtype("<U5")),
    "texts of which one spells a number": (np.where(LABELS, "1", "01"), np.dtype("<U2")),
}


class TestTargets:
    @pytest.mark.parametrize("name", TARGETS)
    def test_the_same_labels_are_the_same_model(self, name):
        model = classifier().fit(X, TARGETS[name])
        assert bits(model) == SHARED
        assert (model.classes_.tolist(), model.classes_.dtype) == ([0, 1], np.int64)

    @pytest.mark.parametrize("make", [dict, pd.DataFrame, pl.DataFrame, lambda X: pa.table(pd.DataFrame(X))])
    def test_the_name_of_a_column_is_a_target(self, make):
        model = classifier().fit(make({"sick": LABELS.tolist(), **X}), "sick")
        assert bits(model) == SHARED
        assert (model.classes_.tolist(), model.classes_.dtype) == ([0, 1], np.int64)
        assert model.model_.target.name == "sick"
        assert model.n_features_in_ == 3

    def test_it_may_be_there_when_predicted(self):
        model = classifier().fit({"sick": LABELS, **X}, "sick")
        np.testing.assert_array_equal(model.predict({"sick": LABELS, **X}), model.predict(X))

    def test_numbers_of_every_kind(self):
        given = [NUMBERS, NUMBERS.tolist(), pd.Series(NUMBERS), pl.Series(NUMBERS), pa.array(NUMBERS)]
        models = [regressor().fit(X, y) for y in given] + [regressor().fit({**X, "y": NUMBERS}, "y")]
        assert all(bits(model) == bits(models[0]) for model in models)

    @pytest.mark.parametrize("name", LABEL_TYPES)
    def test_labels_keep_their_type_and_are_sorted(self, name):
        y, dtype = LABEL_TYPES[name]
        model = classifier(epochs=20, learning_rate=0.02).fit(X, y)
        assert model.classes_.dtype == dtype
        assert model.classes_.tolist() == sorted(set(np.asarray(y).tolist()))
        assert model.predict(X).dtype == dtype
        assert (model.predict(X) == np.asarray(y)).mean() > 0.7  # and so no two labels changed places

    def test_texts_that_differ_by_blanks_are_one_label(self):
        y = np.where(np.arange(m) % 2, np.where(LABELS, "b", "a"), np.where(LABELS, " b", "a "))
        model = classifier().fit(X, y)
        assert model.classes_.tolist() == ["a", "b"]
        assert bits(model) == bits(classifier().fit(X, np.where(LABELS, "b", "a")))

    @pytest.mark.parametrize("y", [LABELS, THREE])
    def test_probabilities_sum_to_one_and_decide(self, y):
        model = classifier().fit(X, y)
        P = model.predict_proba(X)
        assert P.shape == (m, len(model.classes_))
        np.testing.assert_allclose(P.sum(axis=1), 1, rtol=0, atol=4e-16)
        np.testing.assert_array_equal(model.predict(X), model.classes_[P.argmax(axis=1)])
        np.testing.assert_array_equal(model.predict(X), model.model_.predict(lw.tables.Table(X)))

    def test_the_score_is_accuracy_or_r2(self):
        labels, numbers = classifier().fit(X, LABELS), regressor().fit(X, NUMBERS)
        assert labels.score(X, LABELS) == pytest.approx(metrics.accuracy_score(LABELS, labels.predict(X)))
        assert numbers.score(X, NUMBERS) == pytest.approx(metrics.r2_score(NUMBERS, numbers.predict(X)))


class TestEvalSet:
    TRAINED, HELD = slice(0, 90), slice(90, m)

    @pytest.mark.parametrize("wrapped", [tuple, lambda pair: [pair], list])
    def test_it_takes_the_place_of_held_out_rows(self, wrapped):
        pair = (rows_of(X, self.HELD), LABELS[self.HELD])
        model = classifier().fit(rows_of(X, self.TRAINED), LABELS[self.TRAINED], eval_set=wrapped(pair))
        assert model.model_.rows == {"training": 90, "held_out": 30, "without_target": 0}
        told, P = model.metrics_, model.predict_proba(pair[0])
        assert told["log_loss"] == pytest.approx(metrics.log_loss(pair[1], P))
        assert told["accuracy"] == pytest.approx(model.score(*pair))

    def test_its_target_may_be_named_too(self):
        train = {**rows_of(X, self.TRAINED), "sick": LABELS[self.TRAINED].tolist()}
        held = {**rows_of(X, self.HELD), "sick": LABELS[self.HELD].tolist()}
        named = classifier().fit(train, "sick", eval_set=(held, "sick"))
        series = classifier().fit(train, "sick", eval_set=(rows_of(X, self.HELD), LABELS[self.HELD]))
        assert bits(named) == bits(series)

    def test_its_weights_count(self):
        w = np.linspace(0.1, 2, 30)
        pair = (rows_of(X, self.HELD), NUMBERS[self.HELD])
        model = regressor().fit(rows_of(X, self.TRAINED), NUMBERS[self.TRAINED], eval_set=(*pair, w))
        errors = (model.predict(pair[0]) - pair[1]) ** 2
        assert model.metrics_["rmse"] == pytest.approx(np.sqrt(np.average(errors, weights=w)), rel=1e-6)

    def test_nothing_is_learnt_from_it_but_when_to_stop(self):
        pair = rows_of(X, self.HELD), LABELS[self.HELD]
        options = {"epochs": 1, "calibrate": False}  # one epoch, and so nothing to choose
        one = classifier(**options).fit(X, LABELS, eval_set=pair)
        other = classifier(**options).fit(X, LABELS, eval_set=(pair[0], 1 - pair[1]))
        assert bits(one)[0] == bits(other)[0]


class TestWeights:
    def test_they_change_the_fit(self):
        assert bits(classifier().fit(X, LABELS, 1 + LABELS)) != SHARED

    def test_those_that_are_equal_do_not(self):
        parameters = [classifier().fit(X, LABELS, w) for w in (np.ones(m), np.full(m, 8.0), 8)]
        assert all(bits(model) == bits(parameters[0]) for model in parameters)
        np.testing.assert_allclose(
            parameters[0].predict_proba(X), classifier().fit(X, LABELS).predict_proba(X), rtol=1e-4
        )

    def test_a_weight_of_zero_is_no_row(self):
        kept = np.arange(m) % 5 > 0
        weighted = classifier().fit(X, LABELS, 1.0 * kept)
        dropped = classifier().fit(rows_of(X, kept), LABELS[kept], np.ones(kept.sum()))
        assert bits(weighted) == bits(dropped)

    def test_more_weight_draws_the_prediction(self):
        high = NUMBERS > np.median(NUMBERS)
        light, heavy = (regressor(epochs=10).fit(X, NUMBERS, np.where(high, w, 1.0)) for w in (1.0, 50.0))
        assert heavy.predict(X).mean() > light.predict(X).mean() + 1

    @pytest.mark.parametrize("y", [LABELS, THREE])
    def test_balanced_classes_have_one_total(self, y):
        shares = np.bincount(y)
        by_hand = {k: m / (len(shares) * count) for k, count in enumerate(shares)}
        balanced, weighted, rows = (
            classifier(class_weight="balanced").fit(X, y),
            classifier(class_weight=by_hand).fit(X, y),
            classifier().fit(X, y, np.array([by_hand[k] for k in y])),
        )
        assert bits(balanced) == bits(weighted) == bits(rows)
        assert bits(balanced) != bits(classifier().fit(X, y))

    def test_class_weights_are_those_of_the_labels_given(self):
        one = classifier(class_weight={"yes": 3.0}).fit(X, TEXTS)
        assert bits(one) == bits(classifier(class_weight={1: 3.0}).fit(X, LABELS))
        assert one.predict_proba(X)[:, 1].mean() > classifier().fit(X, LABELS).predict_proba(X)[:, 1].mean()


class TestCallbacks:
    @pytest.mark.parametrize("n", [1, 3])
    def test_they_are_told_of_every_network(self, n):
        listening = Listening()
        classifier(n_estimators=n, callbacks=[listening]).fit(X, LABELS)
        assert sorted(listening.seen) == [(k, n, epoch, 3) for k in range(n) for epoch in range(3)]

    @pytest.mark.parametrize("n", [1, 3])
    def test_they_may_stop_a_network(self, n):
        model = classifier(n_estimators=n, callbacks=[Listening(stop_at=1)]).fit(X, LABELS)
        assert [len(history) for history in model.history_] == [2] * n
        assert [member.stopped for member in model.model_.members] == ["callback"] * n

    def test_their_errors_are_raised(self):
        class Broken:
            def on_epoch_end(self, state):
                raise RuntimeError("from a callback")

        for n in (1, 3):
            with pytest.raises(RuntimeError, match="from a callback"):
                classifier(n_estimators=n, callbacks=[Broken()]).fit(X, LABELS)

    def test_a_progress_bar_changes_no_bits(self):
        assert bits(classifier(verbose=True).fit(X, LABELS)) == SHARED


class TestMetrics:
    @pytest.mark.parametrize("name", ["log_loss", "accuracy", "auc"])
    def test_those_of_classes(self, name):
        model = classifier(metric=name, epochs=6, label_smoothing=0).fit(X, LABELS)
        for member in model.model_.members:
            told = member.history.validation_cost if name == "log_loss" else member.history.metrics[name]
            best = np.argmin(told) if name == "log_loss" else np.argmax(told)
            assert member.best_epoch == best

    @pytest.mark.parametrize("name", ["rmse", "mae", "r2"])
    def test_those_of_numbers(self, name):
        model = regressor(metric=name, epochs=6).fit(X, NUMBERS)
        for member in model.model_.members:
            told = member.history.metrics[name]
            assert member.best_epoch == (np.argmax(told) if name == "r2" else np.argmin(told))

    @pytest.mark.parametrize("greater", [True, False])
    def test_one_of_your_own(self, greater):
        mine = lw.Metric("mine", lambda Y_hat, Y, w: float(Y_hat.mean()), greater)
        model = regressor(metric=mine, epochs=6).fit(X, NUMBERS)
        for member in model.model_.members:
            told = member.history.metrics["mine"]
            assert member.best_epoch == (np.argmax(told) if greater else np.argmin(told))

    def test_accuracy_smooths_the_labels(self):
        one, other = (classifier(metric="accuracy", **more).fit(X, LABELS) for more in ({}, {"label_smoothing": 0.1}))
        assert bits(one) == bits(other)

    def test_the_baseline_is_the_prior(self):
        model = classifier().fit(X, LABELS)
        share = LABELS.mean()
        assert model.baseline_metrics_["accuracy"] <= max(share, 1 - share) + 0.1
        assert set(model.baseline_metrics_) == set(model.metrics_) == {"accuracy", "log_loss", "auc"}


class TestSeeds:
    def test_the_same_gives_the_same_bits(self):
        assert bits(classifier(random_state=7).fit(X, LABELS)) == bits(classifier(random_state=7).fit(X, LABELS))

    def test_another_gives_others(self):
        assert bits(classifier(random_state=7).fit(X, LABELS)) != SHARED

    def test_none_draws_one(self):
        one, other = (bits(classifier(random_state=None).fit(X, LABELS)) for _ in range(2))
        assert one != other

    def test_a_generator_goes_on(self):
        def twice(state):
            return [bits(classifier(random_state=state).fit(X, LABELS)) for _ in range(2)]

        first, second = twice(np.random.RandomState(3))
        assert first != second
        assert [first, second] == twice(np.random.RandomState(3))

    @pytest.mark.parametrize("n", [1, 3])
    def test_any_number_of_threads_gives_the_same_bits(self, n):
        one, *others = (bits(classifier(n_estimators=n, n_jobs=jobs).fit(X, LABELS)) for jobs in (1, 2, 3, None, -1))
        assert all(other == one for other in others)

    def test_a_smaller_ensemble_is_a_part_of_a_larger_one(self):
        small, large = (classifier(n_estimators=n, calibrate=False).fit(X, LABELS) for n in (2, 4))
        assert bits(large)[0][:2] == bits(small)[0]
