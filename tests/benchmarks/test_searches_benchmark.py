import io
import json
from dataclasses import replace

import numpy as np
import pytest
from benchmarks.searches import __main__ as command
from benchmarks.searches import bootstrap, budget, data, grid, halving, many, measuring, text
from benchmarks.searches.grid import OPTUNA, SKLEARN, Found
from benchmarks.searches.measuring import OURS, Conditions, Side
from rich.console import Console

import layerwise as lw

ABOUT = {
    "processor": "a",
    "instruction_set": "AVX2",
    "threads": 2,
    "date": "2026-01-01",
    "versions": {"numpy": "2"},
}
QUIET = Conditions(threads=1, repeats=2, say=lambda line: None)


def side(seconds, *scores):
    """Return a side of a grid search."""
    return Side([seconds], Found({"alpha": 1.0}, list(scores) or [0.9, 1.0], 24))


def digits(**sides):
    named = {"ours": OURS, "sklearn": SKLEARN, "optuna": OPTUNA}
    return grid.entry(grid.DIGITS, {named[name]: each for name, each in sides.items()}, [], (1797, 64), "eager")


def verdicts(part):
    return {(each["peer"], each["what"]): each["met"] for each in part["bars"]}


class TestSettings:
    @pytest.mark.parametrize(("job", "count"), [(grid.DIGITS, 24), (grid.BINARY, 24), (halving.JOB, 81)])
    def test_their_number(self, job, count):
        assert len(job.settings) == count
        assert len({tuple(setting.values()) for setting in job.settings}) == count

    def test_a_quick_look_is_a_tenth_of_the_work_and_wants_nothing(self):
        job = grid.DIGITS.smaller()
        assert job.epochs == 3
        assert grid.bars(job, {}) == []

    def test_epochs_are_exactly_as_many_as_asked_for(self):
        from sklearn.neural_network import MLPClassifier

        X, y = data.binary(rows=80)
        for kind in (lw.MLPClassifier, MLPClassifier):
            with pytest.warns(UserWarning, match="Maximum iterations"):
                assert kind(**replace(grid.BINARY, epochs=15, hidden=(2,)).parameters).fit(X, y).n_iter_ == 15


class TestData:
    def test_classes_of_the_made_rows_are_about_as_common(self):
        X, y = data.binary()
        assert X.shape == (4000, 10)
        assert 0.4 < y.mean() < 0.6

    def test_resamples_are_drawn_with_replacement_from_a_seed(self):
        first, again = data.resamples(50, 2), data.resamples(50, 2)
        np.testing.assert_array_equal(first, again)
        assert len(np.unique(first[0])) < 50
        assert not np.array_equal(first[0], first[1])

    def test_folds_are_the_same_for_everybody(self):
        X, y = data.digits()
        assert X.min() == 0
        assert X.max() == 1
        for (_, one), (_, other) in zip(data.folds().split(X, y), data.folds().split(X, y), strict=True):
            np.testing.assert_array_equal(one, other)


class TestMeasuring:
    def test_rounds_follow_a_call_that_warms_up(self):
        calls = []
        sides, missing = measuring.measured({"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, QUIET)
        assert calls == ["a", "b", "a", "b", "b", "a"]
        assert [len(each.seconds) for each in sides.values()] == [2, 2]
        assert missing == []

    def test_a_long_call_is_made_once(self, monkeypatch):
        monkeypatch.setattr(measuring, "LONG", 0.0)
        sides, _ = measuring.measured({"a": lambda: 3}, QUIET)
        assert len(sides["a"].seconds) == 1
        assert sides["a"].outcome == 3

    def test_who_fails_is_left_out_and_said_to_be(self):
        said = []
        sides, missing = measuring.measured({"a": lambda: 1 / 0}, replace(QUIET, say=said.append))
        assert sides == {}
        assert said == missing == ["a is left out: ZeroDivisionError: division by zero"]


class TestGrid:
    def test_all_bars_met(self):
        found = digits(ours=side(1.0), sklearn=side(50.0), optuna=side(20.0))
        assert found["sides"][SKLEARN]["times"] == 50.0
        assert set(verdicts(found).values()) == {True}
        json.dumps(found)

    def test_too_slow(self):
        found = verdicts(digits(ours=side(1.0), sklearn=side(49.0), optuna=side(19.0)))
        assert not found[SKLEARN, "times"]
        assert not found[OPTUNA, "times"]

    @pytest.mark.parametrize(("scores", "met"), [((0.85, 0.96), True), ((0.84, 0.94), False), ((1.0, 1.0), True)])
    def test_a_score_within_a_standard_error(self, scores, met):
        found = digits(ours=side(1.0, *scores), sklearn=side(50.0, 0.9, 1.0))  # 0.95 ± 0.05
        assert verdicts(found)[SKLEARN, "score difference"] is met

    def test_what_was_not_measured_meets_nothing(self):
        for found in (digits(sklearn=side(50.0)), digits(ours=side(1.0))):
            assert not any(verdicts(found).values())
            assert all(each["value"] is None for each in found["bars"])

    def test_what_a_search_found(self):
        from sklearn.model_selection import GridSearchCV

        X, y = data.breast_cancer()
        job = replace(grid.BINARY, hidden=(2,), epochs=1, grid={"alpha": [0.1, 1.0]})
        search = GridSearchCV(lw.MLPClassifier(**job.parameters), dict(job.grid), cv=data.folds(), refit=False)
        with pytest.warns(UserWarning, match="Maximum iterations"):
            found = grid.found_by(search.fit(X, y))
        assert found.mean == pytest.approx(search.best_score_)
        assert found.settings == 2
        assert len(found.scores) == data.FOLDS


class TestOptuna:
    def test_trainings_learn(self):
        pytest.importorskip("optuna")
        torch = pytest.importorskip("torch")
        from benchmarks.searches import optuna_torch

        X, y = data.digits()
        job = replace(
            grid.DIGITS, epochs=2, grid={"learning_rate_init": [0.01], "alpha": [1e-3], "activation": ["tanh"]}
        )
        found = optuna_torch.search(job, optuna_torch.folds_of(X, y), optuna_torch.eager, torch.get_num_threads(), 1)
        assert found.settings == 1
        assert found.mean > 0.8


class TestBootstrap:
    def part(self, ours=0.1, apart=0.0, theirs=1.0):
        w = np.ones((3, 31))
        sides = {
            OURS: Side([ours], w),
            "joblib, processes": Side([theirs], w + apart),
            "joblib, threads": Side([9.0], w),
        }
        return bootstrap.entry(sides, [], (569, 30), 3)

    def test_the_faster_of_joblibs_ways_counts(self):
        assert verdicts(self.part()) == dict.fromkeys(
            [("joblib, processes", "times"), ("joblib, processes", "coefficients apart")], True
        )
        assert not verdicts(self.part(ours=0.11))["joblib, processes", "times"]
        assert ("joblib, threads", "times") in verdicts(self.part(theirs=10.0))

    def test_other_coefficients_are_another_result(self):
        found = self.part(apart=0.06)
        assert found["apart"] == pytest.approx(0.06)
        assert not verdicts(found)["joblib, processes", "coefficients apart"]

    def test_coefficients_are_those_of_the_resamples(self):
        X, y = data.breast_cancer()
        rows = data.resamples(len(X), 2)
        found = bootstrap.by_joblib("threading", X, y, rows, 1)
        assert found.shape == (2, 31)
        ours = bootstrap.coefficients([lw.LogisticRegression(**bootstrap.PARAMETERS).fit(X[k], y[k]) for k in rows])
        assert np.abs(found - ours).max() < bootstrap.tolerance(len(X))


class TestHalving:
    def part(self, epochs=10, scores=(0.9, 1.0)):
        ours = halving.Searched(Found({}, list(scores), 81), epochs)
        full = halving.Searched(Found({}, [0.9, 1.0], 81), 100)
        return halving.entry(halving.JOB, {OURS: Side([1.0], ours), halving.FULL: Side([9.0], full)}, [])

    def test_work_and_score(self):
        assert set(verdicts(self.part()).values()) == {True}
        assert self.part()["sides"][halving.FULL]["times"] == 9.0
        assert not verdicts(self.part(epochs=11))[halving.FULL, "times less work"]
        assert not verdicts(self.part(scores=(0.84, 0.94)))[halving.FULL, "score difference"]


class TestBudget:
    def part(self, seconds=60.0, loss=0.27):
        score = {"AUC": 0.9, "seconds": seconds}
        found = {
            budget.SEARCH: {"log loss": loss, **score},
            "CatBoost": {"log loss": 0.271, "AUC": 0.9, "seconds": 1.0},
        }
        return budget.entry(found, [], 60, (10, 5))

    def test_better_than_every_default_and_in_time(self):
        assert set(verdicts(self.part()).values()) == {True}
        assert self.part()["bars"][0]["value"] == pytest.approx(0.001)
        assert not verdicts(self.part(loss=0.272))["CatBoost", "lower log loss"]

    @pytest.mark.parametrize(("seconds", "met"), [(57.1, True), (56.9, False), (62.9, True), (63.1, False)])
    def test_distance_from_the_budget(self, seconds, met):
        assert verdicts(self.part(seconds))[budget.SEARCH, "distance from the budget"] is met

    def test_without_the_search_nothing_is_met(self):
        found = budget.entry({"CatBoost": {"log loss": 0.3, "AUC": 0.9, "seconds": 1.0}}, [], 60, (10, 5))
        assert not any(verdicts(found).values())

    def test_names_are_unique(self):
        assert len({model.name for model in budget.SINGLE}) == len(budget.SINGLE)


class TestMany:
    @pytest.mark.parametrize(("together", "double", "met"), [(0.033, 1.9, True), (0.036, 1.8, False)])
    def test_verdicts(self, together, double, met):
        tiny = {many.TOGETHER: [together], many.ALONE: [0.014]}
        found = many.entry(tiny, {"1": [double], "2": [1.0]}, 1000, [])
        assert found["seconds_of_a_run"] == pytest.approx((together - 0.014) / 1000)
        assert set(verdicts(found).values()) == {met}

    def test_a_run_costs_more_than_its_training(self):
        pytest.importorskip("layerwise.engines._native")
        from layerwise.engines import engine_named

        tiny = many.bookkeeping(engine_named("auto").train_many, many.plans(many.TINY, 100, 1, None), 1)
        assert tiny[many.TOGETHER][0] > tiny[many.ALONE][0] > 0

    def test_plans_are_carried_out(self):
        from layerwise.engines import engine_named

        first, other = (engine_named("auto").run(plan, many.tiny_data()) for plan in many.plans(many.TINY, 2, 1, None))
        assert len(first.cost) == 1
        assert first.cost != other.cost


class TestText:
    def shown(self, *parts):
        console = Console(file=io.StringIO(), width=300)
        text.show(parts, console)
        return console.file.getvalue()

    def test_sides_with_what_was_wanted_of_them(self):
        said = self.shown(digits(ours=side(1.0), sklearn=side(60.0), optuna=side(10.0)))
        assert "0.9500 ± 0.0500" in said
        assert "times 60 ≥ 50: met" in said
        assert "Optuna with torch (eager)" in said
        assert "times 10 ≥ 20: falls short" in said

    def test_what_was_not_measured(self):
        said = self.shown(digits(sklearn=side(60.0)), many.entry({}, {}, 1000, ["many is left out"]))
        assert "times – ≥ 50: falls short" in said
        assert "seconds beside the training – ≤ 20.0 µs: falls short" in said

    def test_closing(self):
        found = digits(ours=side(1.0), sklearn=side(60.0), optuna=side(10.0))
        assert text.closing({"parts": [found]}).endswith(
            "3 of 4 bars are met; short of: digits against Optuna with torch."
        )


class TestOptions:
    def chosen(self, monkeypatch, *given):
        monkeypatch.setattr("sys.argv", ["searches", *given])
        return command.options()

    @pytest.mark.parametrize(
        ("given", "names", "written"),
        [
            ((), command.NAMES, "searches.json"),
            (("--quick",), command.NAMES, None),
            (("--only", "many,digits"), ("many", "digits"), None),
            (("--only", "many", "--json", "own.json"), ("many",), "own.json"),
        ],
    )
    def test_what_is_published_is_whole(self, monkeypatch, given, names, written):
        found = self.chosen(monkeypatch, *given)
        assert tuple(found.names) == tuple(names)
        assert (found.json and found.json.name) == written

    def test_an_unknown_part(self, monkeypatch):
        with pytest.raises(SystemExit, match=r"Unknown part hugo\. There are digits, "):
            self.chosen(monkeypatch, "--only", "hugo")

    def test_every_name_has_a_part(self):
        assert tuple(command.parts()) == command.NAMES


class TestChart:
    def test_every_ratio_and_log_loss_is_drawn(self, tmp_path):
        chart = pytest.importorskip("benchmarks.searches.chart")
        parts = [
            digits(ours=side(1.0), sklearn=side(60.0), optuna=side(0.5)),
            TestBootstrap().part(),
            TestHalving().part(),
            TestBudget().part(),
        ]
        chart.draw({"about": ABOUT, "parts": parts}, tmp_path / "searches.svg")
        drawn = (tmp_path / "searches.svg").read_text(encoding="utf-8")
        assert (tmp_path / "searches.png").stat().st_size > 1000
        for label in ("60.0 ×  than scikit-learn", "0.500 ×  than Optuna with torch", "10.0 ×  than joblib, processes"):
            assert label in drawn
        assert "joblib, threads" not in drawn
        assert all(f">{loss}<" in drawn for loss in ("0.2700", "0.2710"))

    def test_without_figures_nothing_is_drawn(self, tmp_path):
        chart = pytest.importorskip("benchmarks.searches.chart")
        chart.draw({"about": ABOUT, "parts": [digits(sklearn=side(1.0))]}, tmp_path / "searches.svg")
        assert list(tmp_path.iterdir()) == []
