import json
import math

import numpy as np
import pandas as pd
import pytest
from benchmarks.tables import __main__ as command
from benchmarks.tables import made, models, stored, text, verdicts
from benchmarks.tables.data import MORE, REAL_TABLES, SIX, TableSet
from benchmarks.tables.measuring import folds, measure, scores
from threadpoolctl import threadpool_limits

CLASSES = TableSet("classes", made.tiny_classes)
NUMBERS = TableSet("numbers", made.tiny_numbers, regression=True)
LINEAR = next(model for model in models.MODELS if model.key == "linear")
ABOUT = {"processor": "a", "threads": 2, "folds": 5, "seeds": [0], "versions": {"layerwise": "1", "numpy": "2"}}


def measured(score, fit=1.0, **more):
    return {"RMSE": [score - 1, score + 1], "fit": [fit] * 2, "predict": [0.01] * 2, **more}


def table(name="numbers", wanted=None, **found):
    """Return a table with a mean RMSE for each model; `_` stands for a space in its name."""
    kept = {each.replace("_", " "): value if isinstance(value, dict) else measured(value)
            for each, value in found.items()}  # fmt: skip
    about = {"name": name, "rows": 60, "columns": 5, "texts": 1, "task": "regression", "metric": "RMSE"}
    return {**about, "wanted": wanted or {}, "models": kept}


def six(**found):
    """Return the six tables, each with the scores at its place of the lists."""
    return [
        table(each.name, **{name: listed[k] for name, listed in found.items()}) for k, each in enumerate(SIX)
    ]  # fmt: skip


class TestFolds:
    def test_every_row_is_tested_once(self):
        found = folds(np.arange(23.0), regression=True, n=5, seed=0)
        assert sorted(np.concatenate([test for _, test in found])) == list(range(23))
        assert all(len(np.intersect1d(train, test)) == 0 for train, test in found)

    def test_classes_keep_their_shares(self):
        y = np.repeat([0, 1], [40, 10])
        assert [int(y[test].sum()) for _, test in folds(y, regression=False, n=5, seed=0)] == [2] * 5

    def test_a_seed_shuffles(self):
        first, again, other = (folds(np.arange(20.0), True, 5, seed)[0][1].tolist() for seed in (0, 0, 1))
        assert first == again != other


class TestScores:
    def test_of_numbers(self):
        assert scores(NUMBERS, np.array([1.0, 2.0]), np.array([1.0, 4.0])) == {"RMSE": pytest.approx(math.sqrt(2))}

    def test_of_two_classes(self):
        P = np.array([[0.75, 0.25], [0.5, 0.5]], dtype=np.float32)
        found = scores(CLASSES, np.array([0, 1]), P)
        assert found == {"log loss": pytest.approx(-(math.log(0.75) + math.log(0.5)) / 2), "AUC": 1.0}

    def test_of_three_classes_one_of_them_absent(self):
        found = scores(CLASSES, np.array([0, 2]), np.full((2, 3), 1 / 3))
        assert found == {"log loss": pytest.approx(math.log(3))}


class TestMeasuring:
    @pytest.mark.parametrize("data", [CLASSES, NUMBERS], ids=lambda data: data.name)
    def test_one_score_and_time_for_each_fold_and_seed(self, data):
        found = measure(data, [LINEAR], 3, [0, 1], threads=1)
        ours = found["models"][LINEAR.name]
        assert {len(values) for values in ours.values()} == {6}
        assert {data.metric, "fit", "predict"} <= set(ours)
        assert found["rows"] == 60
        json.dumps(found)

    def test_a_model_that_fails_is_said_to_and_last(self):
        said = []
        broken = models.Model("LightGBM", "lightgbm", lambda task: 1 / 0)
        found = measure(NUMBERS, [broken, LINEAR], 3, [0], 1, said.append)
        assert found["models"]["LightGBM"] == {"failed": "ZeroDivisionError: division by zero"}
        assert said == ["LightGBM failed on numbers: ZeroDivisionError: division by zero"]
        assert verdicts.ranks_on(found, [found]) == {"LightGBM": 2, LINEAR.name: 1}
        assert "failed" in text.block(found)
        json.dumps(found)


class TestModels:
    MIXED = pd.DataFrame({"x": [1.0, np.nan, 3.0, 4.0], "c": ["b", "a", np.nan, "b"]})

    def test_names_and_keys_are_unique(self):
        assert len({model.name for model in models.MODELS}) == len({model.key for model in models.MODELS}) == 9

    @pytest.mark.parametrize(
        ("asked", "found"), [("catboost", {"CatBoost"}), ("layerwise", {model.name for model in models.OURS})]
    )
    def test_the_first_part_of_a_key_stands_for_all(self, asked, found):
        assert {model.name for model in models.chosen([asked])} == found

    def test_an_unknown_model(self):
        with pytest.raises(SystemExit, match=r"Unknown model lightboost\. There are lightgbm, "):
            models.chosen(["lightboost"])

    def test_what_is_not_installed_is_left_out_with_a_line(self):
        def absent(task):
            raise ImportError("No module named 'absent' (/usr/lib)")

        found, missing = models.installed([models.Model("Absent", "absent", absent), LINEAR])
        assert found == [LINEAR]
        assert missing == ["Absent is left out: No module named 'absent'"]

    def test_levels_are_those_of_the_training_rows(self):
        found = models.Levels().fit(self.MIXED).transform(pd.DataFrame({"x": [0.0, 0.0], "c": ["a", "new"]}))
        assert list(found["c"].cat.categories) == ["a", "b"]
        assert found["c"].isna().tolist() == [False, True]

    def test_the_commonest_levels_are_kept(self):
        assert models.Levels(1).fit(self.MIXED).levels_ == {"c": ["b"]}

    def test_missing_texts_are_named(self):
        assert models.NamedMissing().transform(self.MIXED)["c"].tolist() == ["b", "a", models.MISSING, "b"]

    @pytest.mark.parametrize("model", models.OTHERS, ids=lambda model: model.key)
    @pytest.mark.parametrize("draw", [made.tiny_numbers, made.missing_by_value], ids=lambda draw: draw.__name__)
    @pytest.mark.filterwarnings("ignore")
    def test_all_take_raw_columns(self, model, draw):
        regression = draw is made.tiny_numbers
        X, y = draw(0)
        X, y = X[:60], y[:60]
        task = models.Task(regression, models.texts_of(X), threads=1)
        found, missing = models.installed([model])
        if not found:
            pytest.skip(missing[0])
        with threadpool_limits(1):
            fitted = model.build(task).fit(X, y)
        assert len((fitted.predict if regression else fitted.predict_proba)(X[:3])) == 3


class TestVerdicts:
    def test_mean_error_and_median(self):
        found = measured(5.0, fit=2.0)
        assert verdicts.mean(found, "RMSE") == 5.0
        assert verdicts.error(found, "RMSE") == pytest.approx(math.sqrt(2) / math.sqrt(2))
        assert verdicts.median(found, "fit") == 2.0

    def test_equals_share_their_ranks(self):
        found = table(LightGBM=2.0, XGBoost=2.0, CatBoost=1.0)
        assert verdicts.ranks_on(found, [found]) == {"LightGBM": 2.5, "XGBoost": 2.5, "CatBoost": 1}

    def test_each_of_our_models_is_ranked_as_if_it_were_the_only_one(self):
        found = table(LightGBM=3.0, CatBoost=1.5, Layerwise=2.0, Layerwise_best=1.0, Layerwise_fast=4.0)
        assert verdicts.ranks_on(found, [found]) == {
            "CatBoost": 1, "Layerwise": 2, "LightGBM": 3, "Layerwise best": 1, "Layerwise fast": 3,
        }  # fmt: skip

    def test_mean_ranks(self):
        tables = [table(LightGBM=1.0, CatBoost=2.0), table(LightGBM=3.0, CatBoost=2.0), table(CatBoost=2.0)]
        assert verdicts.mean_ranks(tables) == {"LightGBM": pytest.approx(5 / 3), "CatBoost": pytest.approx(4 / 3)}

    @pytest.mark.parametrize(("wanted", "fit", "met"), [(2.0, 3.0, [True, True]), (1.9, 2.9, [False, False])])
    def test_bars_of_one_table(self, wanted, fit, met):
        found = table(wanted={"RMSE": wanted}, Layerwise=measured(2.0, fit=3.0), CatBoost=measured(9.0, fit=fit))
        assert [each["met"] for each in verdicts.bars_of(found)] == met

    def test_auc_is_the_better_the_larger(self):
        found = table(wanted={"AUC": 0.9}, Layerwise=measured(2.0, AUC=[0.95, 0.95]))
        assert [(each["least"], each["met"]) for each in verdicts.bars_of(found)] == [(0.9, True)]

    def test_a_fit_that_failed_meets_nothing(self):
        found = table(wanted={"RMSE": 9.0}, Layerwise={"failed": "so"}, CatBoost=1.0)
        assert [each["met"] for each in verdicts.bars_of(found)] == [False, False]

    def test_without_ours_or_with_some_tables_only_nothing_is_wanted(self):
        assert verdicts.bars_of(table(wanted={"RMSE": 2.0}, CatBoost=1.0)) == []
        assert verdicts.bars_of_all(six(Layerwise=range(6), LightGBM=range(6))[:5]) == []

    @pytest.mark.parametrize(("theirs", "met"), [([2] * 5 + [0], True), ([2] * 4 + [0] * 2, False)])
    def test_better_on_five_of_six(self, theirs, met):
        bars = verdicts.bars_of_all(six(Layerwise=[1] * 6, LightGBM=theirs))
        assert bars[0]["what"] == "tables better than LightGBM"
        assert bars[0]["met"] is met

    @pytest.mark.parametrize(("xgboost", "met"), [([3] * 6, True), ([1] * 6, False)])
    def test_only_catboost_may_be_ranked_better(self, xgboost, met):
        bars = verdicts.bars_of_all(six(Layerwise=[2] * 6, CatBoost=[0] * 6, XGBoost=xgboost))
        assert [(each["what"], each["met"]) for each in bars] == [("mean rank", met)]


class TestText:
    FOUND = table(wanted={"RMSE": 2.5}, Layerwise=measured(2.0), CatBoost=measured(34567.0, fit=0.5))

    def test_columns_are_aligned(self):
        _, title, heading, theirs, ours = text.block(self.FOUND).split("\n")
        assert title == "numbers: 60 rows, 5 columns, 1 of text"
        assert heading.index("RMSE") + 4 == theirs.index("34,567") + 6 == ours.index("2.0000") + 6
        assert heading.index("fit") + 3 == theirs.index("500 ms") + 6 == ours.index("1.00 s") + 6
        assert ours.endswith("≤ 2.5, ≤ 500 ms  falls short")

    def test_ranks_and_what_falls_short_come_last(self):
        closing = text.closing(verdicts.judged([self.FOUND]))
        assert "Layerwise                   1.00\n  CatBoost                    2.00" in closing
        assert closing.endswith("1 of 2 bars are met; short of: numbers, fit seconds.")

    def test_what_is_wanted_of_all_tables(self):
        closing = text.closing(verdicts.judged(six(Layerwise=[1] * 6, LightGBM=[2] * 6, CatBoost=[0] * 6)))
        assert "tables better than LightGBM: 6, wanted ≥ 5\nmean rank: 2, wanted ≤ 3" in closing

    def test_markdown(self):
        assert text.markdown(verdicts.judged([self.FOUND])).splitlines() == [
            "|  | numbers (RMSE) | mean rank |",
            "| --- | ---: | ---: |",
            "| CatBoost | 34,567 ± 1 | 2.0 |",
            "| Layerwise | **2.0000 ± 1.0000** | 1.0 |",
            "",
            "| seconds of a fit | numbers |",
            "| --- | ---: |",
            "| CatBoost | 500 ms |",
            "| Layerwise | 1.00 s |",
        ]


class TestStored:
    def write(self, path, about=ABOUT):
        path.write_text(json.dumps({"about": about, "tables": [table(CatBoost=1.0, Layerwise=3.0)]}))
        return path

    def test_figures_of_the_same_machine_stand_beside_new_ones(self, tmp_path):
        again = {**ABOUT, "versions": {"layerwise": "2", "numpy": "2"}}
        earlier, said = stored.usable(self.write(tmp_path / "tables.json"), again)
        assert said == "The others are taken from tables.json"
        found = stored.joined(table(Layerwise=2.0), earlier, "today")["models"]
        assert [verdicts.mean(found[name], "RMSE") for name in ("CatBoost", "Layerwise")] == [1.0, 2.0]
        assert found["Layerwise"]["date"] == "today"

    @pytest.mark.parametrize("other", [{"processor": "b"}, {"seeds": [1]}, {"versions": {"numpy": "3"}}])
    def test_of_another_machine_nothing_is_taken(self, tmp_path, other):
        earlier, said = stored.usable(self.write(tmp_path / "tables.json"), {**ABOUT, **other})
        assert earlier == {}
        assert said.startswith("Nothing stands beside these: tables.json is of another ")

    def test_without_a_file(self, tmp_path):
        assert stored.usable(tmp_path / "tables.json", ABOUT)[0] == {}


class TestOptions:
    def chosen(self, monkeypatch, *given):
        monkeypatch.setattr("sys.argv", ["tables", *given])
        return command.options()

    @pytest.mark.parametrize(("given", "names"), [((), SIX), (("--more",), MORE), (("--sets", "iris,adult"), None)])
    def test_tables(self, monkeypatch, given, names):
        found = [each.name for each in command.tables_of(self.chosen(monkeypatch, *given))]
        assert found == ([each.name for each in names] if names else ["iris", "adult"])

    def test_an_unknown_table(self, monkeypatch):
        with pytest.raises(SystemExit, match=r"Unknown table hugo\. There are adult, "):
            command.tables_of(self.chosen(monkeypatch, "--sets", "hugo"))

    @pytest.mark.parametrize(
        ("given", "beside", "written"),
        [
            ((), False, "tables.json"),
            (("--more",), False, "tables-more.json"),
            (("--models", "layerwise"), True, "tables.json"),
            (("--models", "layerwise"), False, None),
            (("--sets", "iris"), False, None),
            (("--folds", "3"), False, None),
            (("--sets", "iris", "--json", "own.json"), False, "own.json"),
        ],
    )
    def test_what_is_published_is_whole(self, monkeypatch, given, beside, written):
        found = self.chosen(monkeypatch, *given)
        command.publish(found, beside)
        assert (found.json and found.json.name) == written


class TestTables:
    @pytest.mark.parametrize("data", MORE, ids=lambda data: data.name)
    def test_the_others(self, data):
        (X, y), (_, again), (_, other) = (data.load(seed) for seed in (0, 0, 1))
        assert len(X) == len(y)
        assert np.isfinite(y).all()
        np.testing.assert_array_equal(y, again)
        if data.name in {*made.CLASSES, *made.NUMBERS}:
            assert not np.array_equal(y, other)
        if not data.regression:
            assert np.bincount(y).min() >= 5

    @pytest.mark.parametrize("data", SIX, ids=lambda data: data.name)
    def test_the_six(self, data):
        if not REAL_TABLES.exists():
            pytest.skip("the real tables are not here")
        X, y = data.load(0)
        assert len(X) == len(y)
        assert data.metric in data.wanted
        assert data.regression or set(y) == {0, 1}

    def test_names_are_unique(self):
        assert len({data.name for data in SIX + MORE}) == len(SIX + MORE)


class TestChart:
    def test_every_model_has_a_label_within_its_panel(self, tmp_path):
        chart = pytest.importorskip("benchmarks.tables.chart")
        found = table(LightGBM=20.0, XGBoost=21.0, CatBoost=19.0, Layerwise=18.0, Layerwise_best={"failed": "so"})
        about = {**ABOUT, "instruction_set": "AVX2", "date": "2026-01-01T00:00"}
        chart.draw({"about": about, "tables": [found, found]}, tmp_path / "tables.svg")
        assert (tmp_path / "tables.png").stat().st_size > 1000
        drawn = (tmp_path / "tables.svg").read_text(encoding="utf-8")
        assert all(drawn.count(f">{name}<") == 2 for name in ("LightGBM", "XGBoost", "CatBoost", "Layerwise"))
        assert "Layerwise best" not in drawn

    def test_a_score_far_off_is_put_at_the_edge(self):
        chart = pytest.importorskip("benchmarks.tables.chart")
        points = [chart.Point("XGBoost", 1.0, score, 0.1) for score in (1.0, 2.0, 3.0, 100.0)]
        assert chart.edge(points) == 3.0

    def test_every_model_has_a_style(self):
        chart = pytest.importorskip("benchmarks.tables.chart")
        assert set(chart.STYLES) == {model.name for model in models.MODELS}
