import json
import math

import numpy as np
import pytest
from benchmarks.estimators import JOBS, Job

from benchmarks import accuracy, estimators

ROWS = np.random.default_rng(0).standard_normal((60, 3))
SMALL = Job("small", "small", parameters={"hidden_layer_sizes": 4, "max_iter": 3, "batch_size": 16}, judged=False)


@pytest.fixture(autouse=True)
def small_data(monkeypatch):
    known = {"small": (ROWS, (ROWS[:, 0] + ROWS[:, 1] > 0).astype(int)), "numbers": (ROWS, ROWS @ [1.0, 2.0, 3.0])}
    monkeypatch.setattr(estimators, "rows_of", known.get)


def entry(job, ours=1.0, theirs=3.0, same=True):
    taken = {"layerwise": [ours] * 3, "scikit-learn": [theirs] * 3}
    return estimators._entry(job, "float64", (60, 3), same, {"layerwise": 0.1, "scikit-learn": 0.1}, taken, "1 thread")


class TestWishes:
    @pytest.mark.parametrize(
        ("hidden", "batch", "least"),
        [(32, 64, 10), ((32, 16), 32, 10), (33, 64, 4), (32, 65, 4), (128, 200, 4), ((16, 128), 16, 4)],
    )
    def test_of_a_perceptron_by_its_units_and_batch(self, hidden, batch, least):
        job = Job("", "small", parameters={"hidden_layer_sizes": hidden, "batch_size": batch})
        assert job.wanted == [{"least": least}]

    def test_of_defaults_and_of_wide_layers(self):
        assert Job("", "small").wanted == [{"least": 4}]
        assert Job("", "small", parameters={"hidden_layer_sizes": 129}).wanted == []

    def test_of_the_others(self):
        assert Job("", "small", "LogisticRegression").wanted == [{"least": 1}]
        assert Job("", "small", does="predict_proba").wanted == []
        assert Job("", "small", does="predict_proba", times=5).wanted == [{"least": 5}]
        assert Job("", "small", seconds=1e-3).wanted == [{"most": 1e-3}]

    @pytest.mark.parametrize("job", JOBS, ids=lambda job: f"{job.estimator}, {job.name}")
    def test_a_quick_look_wants_nothing(self, job):
        assert job.smaller().wanted == []

    def test_names_are_unique(self):
        assert len({(job.estimator, job.name) for job in JOBS}) == len(JOBS)


class TestVerdicts:
    @pytest.mark.parametrize(("times", "said"), [(4.1, "met"), (3.9, "falls short")])
    def test_a_ratio(self, times, said):
        found = entry(Job("", "small"), theirs=times)
        assert found["times"] == pytest.approx(times)
        assert estimators.line(found).endswith(said)

    @pytest.mark.parametrize(("taken", "met"), [(0.9e-3, True), (1.1e-3, False)])
    def test_seconds(self, taken, met):
        assert entry(Job("", "small", seconds=1e-3), ours=taken)["bars"][0]["met"] is met

    def test_another_result_is_no_victory(self):
        found = entry(Job("", "small"), theirs=100.0, same=False)
        assert not found["bars"][0]["met"]
        assert estimators.line(found).endswith("computes something else")

    def test_columns_are_aligned(self):
        heading, row = estimators.heading(), estimators.line(entry(Job("a", "small"), ours=1e-3, theirs=2e-3))
        assert heading.index("layerwise") + 9 == row.index("1.00 ms") + 7
        assert heading.index("wanted") + 6 == row.index("4.00 ×") + 6


class TestMeasuring:
    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    @pytest.mark.parametrize(
        "job",
        [
            SMALL,
            Job("", "numbers", "MLPRegressor", {"hidden_layer_sizes": 4, "max_iter": 2}, judged=False),
            Job("", "small", "LogisticRegression", {"max_iter": 100}),
            Job("", "small", parameters=SMALL.parameters, does="predict_proba", rows=1, calls=2),
        ],
        ids=["classifier", "regressor", "logistic", "prediction"],
    )
    def test_both_do_the_same_work(self, job, dtype):
        found = estimators.measure(job, dtype, repeats=1, threads=1)
        assert found["agrees"], found["values"]
        assert [len(taken) for taken in found["seconds"].values()] == [1, 1]

    def test_epochs_are_exactly_as_many_as_asked_for(self):
        X, y = estimators.rows_of("small")
        fits = estimators.calls_of(Job("", "small", parameters={**SMALL.parameters, "max_iter": 30}), X, y)
        with pytest.warns(UserWarning, match="Maximum iterations"):
            assert [fit().n_iter_ for fit in fits.values()] == [30, 30]

    def test_fewer_epochs_are_another_result(self):
        X, y = estimators.rows_of("small")
        with pytest.warns(UserWarning, match="Maximum iterations"):
            ours, theirs = (fit() for fit in estimators.calls_of(SMALL, X, y).values())
        assert estimators.agree(SMALL, ours, theirs, X, y)[0]
        ours.n_iter_ = 2
        assert not estimators.agree(SMALL, ours, theirs, X, y)[0]

    def test_absent_tables_are_named(self):
        said = []
        found = estimators.run([SMALL, Job("gone", "absent")], ["float64"], 1, 1, said.append)
        assert [each["title"] for each in found["jobs"]] == ["small"]
        assert found["missing"] == ["MLPClassifier.fit, gone is left out: its table is not here"]
        assert "Nothing is wanted" in said[-1]
        json.dumps(found)


class TestAccuracy:
    @pytest.mark.parametrize(
        ("differences", "said"),
        [([0.0, 0.0], "equal"), ([0.1, 0.1], "better"), ([-0.1, -0.1], "worse"), ([0.3, -0.1], "equal")],
    )
    def test_a_difference_counts_beyond_two_standard_errors(self, differences, said):
        mean, error, verdict = accuracy.verdict(differences)
        assert verdict == said
        assert mean == pytest.approx(np.mean(differences))
        assert error == pytest.approx(np.std(differences, ddof=1) / np.sqrt(2))

    def test_a_file_is_numbers_texts_and_gaps(self, tmp_path):
        (tmp_path / "file.csv").write_text("age,sex\n3,m\n,f\n4.5,\n", encoding="utf-8")
        table = accuracy.table_of(tmp_path / "file.csv")
        np.testing.assert_array_equal(table["age"], [3, np.nan, 4.5])
        assert table["sex"].tolist() == ["m", "f", None]

    @pytest.mark.parametrize("name", ["iris", "diabetes"])
    def test_matrices_are_in_the_units_of_the_training_rows(self, name):
        data = next(data for data in accuracy.DATA_SETS if data.name == name)
        table = data.load()
        (X, y), (X_test, y_test) = accuracy.split(data, table, seed=1)
        assert len(X_test) == len(y_test) == math.ceil(table.n_rows / 4)
        assert len(X) == len(y) == table.n_rows - len(y_test)
        np.testing.assert_allclose(X[:, :2].mean(axis=0), 0, atol=1e-12)
        if data.regression:
            np.testing.assert_allclose([y.mean(), y.std()], [0, 1], atol=1e-12)
        else:
            assert set(y) == {0, 1, 2}

    def test_rows_of_a_large_table_are_drawn_anew_for_every_seed(self):
        data = accuracy.DataSet("iris", rows=40)
        first, again, other = (accuracy.split(data, data.load(), seed)[0][0] for seed in (1, 1, 2))
        assert first.shape[0] == 30
        np.testing.assert_array_equal(first, again)
        assert not np.array_equal(first, other)

    def test_both_libraries_are_scored_on_the_same_rows(self, monkeypatch):
        monkeypatch.setitem(accuracy.SETTINGS, "short", {"max_iter": 2})
        found = accuracy.compare(accuracy.DataSet("iris"), "short", seeds=2)
        assert found["epochs"] == {"layerwise": [2, 2], "scikit-learn": [2, 2]}
        paired = np.subtract(found["layerwise"], found["scikit-learn"])
        assert found["difference"] == pytest.approx(paired.mean())
        assert accuracy.line(found).endswith(found["verdict"])
        assert accuracy.summary([found]).startswith("Of 1 comparisons: ")
        json.dumps(found)
