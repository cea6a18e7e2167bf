"""`layerwise search`: the trials in the terminal and on a page, the model that is written, and what is refused."""

import io
import json
import os
import re
import signal
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest
from by_hand import columns, metric, write
from html_pages import Page
from rich.console import Console

import layerwise as lw
from layerwise.cli.leaderboard import Leaderboard, Measure, curve_of, differing
from layerwise.cli.search_page import html
from layerwise.cli.search_pictures import parallel_coordinates

pytest.importorskip("sklearn")

from layerwise.searching import Between, SearchResult, Trial

QUICK = ("--quality", "fast", "--epochs", 4, "--trials", 4, "--sampler", "random", "--folds", 2)
LOSS = Measure("log_loss", None, -1)
EVIL = "<script>alert(1)</script>\"'&"


@pytest.fixture
def space(layerwise):
    Path("space.toml").write_text("hidden = [[8], '16,8']\nlearning-rate = {low = 0.001, high = 0.1, log = true}\n")
    return ("--space", "space.toml")


def test_it_shows_the_trials_and_writes_the_model(layerwise, people, space):
    code, out, err = layerwise("search", people, "--target", "buys", *QUICK, *space, "--report", "r.html")
    assert (code, err) == (0, "")
    assert "people.csv: 300 rows, 4 columns" in out
    assert re.search(r"^trial 0: log loss 0\.\d+, as without a search \(1 over", out, re.M)
    assert "The best of 4 trials" in out
    shown = [float(cell) for cell in re.findall(r"^│ +\d+ │ +\d+ │ +(0\.\d+) │", out, re.M)]
    assert len(shown) == 4
    assert shown == sorted(shown)
    assert "model written to people.safetensors" in out
    assert metric(out, "accuracy")[0] > 0.5
    assert layerwise("predict", "people.safetensors", people)[0] == 0


def test_the_model_is_the_one_that_train_learns_with_these_settings(layerwise, people):
    Path("s.json").write_text(json.dumps({"hidden": [[9]], "dropout": [0.2]}))
    gaps = ("--missing", "Lima", "--role", "noise=drop", "--seed", 3)
    assert layerwise("search", people, "--target", "buys", *QUICK, *gaps, "--space", "s.json", "-o", "a")[0] == 0
    best = lw.load("a")
    hidden, dropout = best.settings["hidden"], best.settings["dropout"]
    given = ("--quality", "fast", "--epochs", 4, "--dropout", dropout)
    units = ("--hidden", ",".join(map(str, hidden)))
    assert layerwise("train", people, "--target", "buys", *given, *units, *gaps, "-o", "b")[0] == 0
    for name in ("age,city", "city,age"):
        rows = [(40, "Rome"), (50, "Lima"), ("", "Oslo")]
        write("new.csv", name, rows if name == "age,city" else [row[::-1] for row in rows])
        one, two = (columns(layerwise("predict", model, "new.csv")[1]) for model in "ab")
        assert one == two
    assert best.encoder.missing == ("Lima",)
    assert dict(best.rows) == dict(lw.load("b").rows)


def test_numbers_weights_and_folds(layerwise):
    rows = [(i * i % 17, i % 3, 100 * (i * i % 17), "" if i % 10 == 0 else i % 2) for i in range(120)]
    table = write("t.csv", "x,z,y,w", [(*row[:3], row[3] or 1) for row in rows])
    report = ("--task", "regression", "--metric", "mae", "--weight", "w", "--report", "r.html")
    code, out, err = layerwise("search", table, "--target", "y", *QUICK, *report)
    assert code == 0, err
    assert "MAE" in out
    assert "lowest MAE" in Path("r.html").read_text()
    assert lw.load("t.safetensors").target.name == "y"


def test_quiet_prints_nothing(layerwise, people, space):
    assert layerwise("search", people, "--target", "buys", *QUICK, *space, "--quiet") == (0, "", "")


def test_dates_ordered_levels_and_classes_of_numbers(layerwise):
    rows = [(f"2024-01-{i % 28 + 1:02}", "SML"[i % 3], i * i % 7, i * i % 17 > 7) for i in range(90)]
    table = write("t.csv", "day,size,x,y", [(*row[:3], int(row[3])) for row in rows])
    code, out, err = layerwise("search", table, "--target", "y", *QUICK, "--role", "size=ordinal:S,M,L")
    assert code == 0, err
    assert "target 'y', binary: 0" in out
    kinds = {info.column: info.role for info in lw.load("t.safetensors").encoder.schema}
    assert (kinds["day"], kinds["size"]) == ("datetime", "ordinal")
    assert layerwise("predict", "t.safetensors", table)[1].startswith("y,probability of 0,probability of 1\n")


def test_an_ensemble_is_written_where_it_is_better(layerwise, people, space):
    few = [option for option in QUICK if option not in ("--folds", 2)]
    code, out, err = layerwise("search", people, "--target", "buys", *few, *space, "--ensemble", 3)
    assert code == 0, err
    assert re.search(r"The model is (that of trial \d|the ensemble of trials \d \(\d+%\))", out)
    assert layerwise("evaluate", "people.safetensors", people)[0] == 0
    assert layerwise("inspect", "people.safetensors")[0] == 0


def test_a_search_goes_on_from_its_journal(layerwise, people, space):
    command = ("search", people, "--target", "buys", *QUICK, *space, "--journal", "j")
    assert layerwise(*command)[0] == 0
    before = Path("j").read_bytes()
    assert layerwise(*command, "--trials", 6)[0] == 0
    assert Path("j").read_bytes().startswith(before)
    assert len(Path("j").read_text().splitlines()) == 7
    code, _, err = layerwise(*command, "--seed", 5, "-o", "other")
    assert code == 2
    assert "j: is the journal of another search" in err
    assert not Path("other").exists()


def test_ctrl_c_writes_the_best_so_far(layerwise, people, space, monkeypatch):
    heard = Leaderboard.on_trial_end

    def interrupted(board, trial, best):
        heard(board, trial, best)
        if len(board.trials) == 2:
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(Leaderboard, "on_trial_end", interrupted)
    code, out, _ = layerwise("search", people, "--target", "buys", *QUICK, *space, "--trials", 1000)
    assert code == 130
    assert "model written to people.safetensors" in out
    assert lw.load("people.safetensors").target.name == "buys"


def test_ctrl_c_before_a_trial_is_over_writes_nothing(layerwise, people, monkeypatch):
    def interrupt(*given, **more):
        raise KeyboardInterrupt

    monkeypatch.setattr("layerwise.cli.searching.problem_of", interrupt)
    code, _, err = layerwise("search", people, "--target", "buys")
    assert (code, err) == (130, "layerwise: interrupted; no model was written\n")


BAD = {
    "column": (["--target", "buy"], "no target column 'buy'. Did you mean 'buys'?"),
    "budget": (["--budget", "soon"], "--budget must be a time above 0, such as 60, '60s'"),
    "trials": (["--trials", 0], "'--trials' parameter of search must be an int"),
    "metric": (["--metric", "acuracy"], "Did you mean 'accuracy'"),
    "metric of numbers": (["--metric", "rmse"], "--metric rmse is not for two classes"),
    "sampler": (["--sampler", "optun"], "Did you mean 'optuna'?"),
    "engine": (["--engine", "numpy"], "--engine numpy cannot search"),
    "folds": (["--folds", 200], "--folds must be an int in the range [2, 150]"),
    "folds of an ensemble": (["--folds", 3, "--ensemble", 2], "--ensemble holds one fifth"),
    "output": (["-o", "people.csv"], "--output is the model"),
    "report": (["--report", "r.txt"], "--report must end in .html"),
    "one file for two": (["--journal", "x", "-o", "x"], "must be two files"),
    "activation": (["--activation", "rely"], "Did you mean 'relu'"),
    "no space": (["--space", "none.toml"], "--space 'none.toml' cannot be read"),
    "journal": (["--journal", "people.txt"], "is no journal of a search"),
}


@pytest.mark.parametrize(("options", "message"), BAD.values(), ids=BAD.keys())
def test_bad_input_is_one_line_and_nothing_is_written(layerwise, people, options, message):
    Path("people.txt").write_text("no journal")
    before = {path: path.read_bytes() for path in Path().iterdir()}
    target = [] if "--target" in options else ["--target", "buys"]
    code, _, err = layerwise("search", people, *target, *options)
    assert code == 2
    (line,) = [line for line in err.splitlines() if "note" not in line]
    assert message in line
    assert before == {path: path.read_bytes() for path in Path().iterdir()}


SPACES = {
    "unknown": ("hiden = [[8]]", "Unknown parameter in s.toml: 'hiden'. Did you mean 'hidden'?"),
    "no file of the user's": ("checkpoint = ['x']", "Unknown parameter in s.toml: 'checkpoint'"),
    "syntax": ("hidden = [", "is neither TOML nor"),
    "empty": ("", "must name parameters"),
    "number": ("dropout = 3", "'dropout' needs a list of values"),
    "no values": ("dropout = []", "'dropout' needs a list of values"),
    "ends": ("dropout = {low = 0.5, high = 0.1}", "low must be below high"),
    "texts for ends": ("dropout = {low = 'a', high = 'b'}", "'low' parameter of Between"),
    "a value that fails": ("activation = ['nope']", "'nope'"),
    "given twice": ("epochs = [3]", "--epochs is given, and --space has 'epochs' to try"),
}


@pytest.mark.parametrize(("text", "message"), SPACES.values(), ids=SPACES.keys())
def test_bad_spaces(layerwise, people, text, message):
    Path("s.toml").write_text(text)
    given = ("--learning-rate", 0.01, "--batch-size", 32)
    code, out, err = layerwise("search", people, "--target", "buys", *QUICK, *given, "--space", "s.toml")
    if "nope" in text:  # the first trial is what was asked for without a search
        assert code == 0
        assert "failed" in out
        assert message in out
        return
    assert code == 2
    assert message in err
    assert not Path("people.safetensors").exists()


def test_where_all_fail_the_first_cause_is_told(layerwise, people):
    code, _, err = layerwise("search", people, "--target", "buys", *QUICK, "--monotone", "city=+1")
    assert code == 2
    assert re.search(r"all \d trials failed. The first, with .*city", err)
    assert not Path("people.safetensors").exists()


def test_what_is_missing_is_named(layerwise, people, monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    code, _, err = layerwise("search", people, "--target", "buys", "--sampler", "optuna")
    assert (code, err) == (2, "layerwise: error: --sampler optuna needs optuna: pip install 'layerwise[search]'\n")
    monkeypatch.setitem(sys.modules, "sklearn", None)
    code, _, err = layerwise("search", people, "--target", "buys")
    assert (code, err) == (2, "layerwise: error: layerwise search needs sklearn: pip install 'layerwise[search]'\n")


# the leaderboard


def some_trials():
    names = ["relu", "tanh", EVIL]
    trials = [
        Trial(
            number,
            {"rate": 10.0 ** -(1 + number % 4), "units": (8,) * (1 + number % 3), EVIL: names[number % 3]},
            "terminated" if number % 4 == 3 else "complete",
            -0.5 + 0.01 * number,
            (-0.5 + 0.01 * number,),
            5,
            1.0,
            ((0.9, 0.7, 0.6 - 0.01 * number),),
        )
        for number in range(12)
    ]
    bad = Trial(12, {"rate": -1.0, "units": (8,), EVIL: "relu"}, "failed", error=f"ValueError: {EVIL}")
    none = Trial(13, {"rate": None, "units": (), EVIL: None}, "complete", -0.7, (-0.7,), 5, 1.0, ((float("nan"), 0.7),))
    return [*trials, bad, none]


SPACE = {"rate": Between(1e-5, 1.0, log=True), "units": [(8,), (8, 8), (8, 8, 8)], EVIL: ["relu", "tanh", EVIL]}


def result():
    trials = some_trials()
    return SearchResult(trials, trials[11], None, "n_trials", 3.0, SPACE, "neg_log_loss", sampler="random")


def test_the_live_board_fits_the_terminal():
    board = Leaderboard(LOSS, 60.0, None, some_trials()[0].params)
    for trial in some_trials():
        board.on_trial_end(trial, some_trials()[11])
    for height in (4, 12, 50):
        console = Console(width=80, height=height, record=True, file=io.StringIO(), markup=False)
        console.print(board.picture(height))
        lines = console.export_text().splitlines()
        assert " 0.39 " in lines[3]
        assert max(map(len, lines)) <= 80
        assert len(lines) <= max(height, 6)
    assert "14 trials · 3 terminated · 1 failed" in lines[-1]
    assert "of 60 s · best log loss 0.39" in lines[-1]


def test_curves_and_settings_in_words():
    assert curve_of(Trial(0, {}, curves=((1.0, 0.5), (3.0, 1.5, 9.0)))) == [2.0, 1.0]
    assert curve_of(Trial(0, {}, curves=((), ()))) == []
    assert differing({"a": (8, 4), "b": 0.00123456, "c": 1}, {"c": 1}) == "a=8,4 b=0.00123"


# the page


@pytest.fixture(scope="module")
def model():
    table = {"x": np.arange(60.0) % 7, EVIL: ["a", "b", None] * 20}
    return lw.TabularClassifier("fast", epochs=2).fit(table, ["p", "q"] * 30).model_


@pytest.fixture
def page(model):
    return html(result(), LOSS, model, f"t{EVIL}.csv", "The model is that of trial 11.", {"seed": "0"}, "m, sha256:0")


def test_every_trial_is_on_the_page(page):
    parsed = Page(page)
    assert parsed.tags.count("polyline") == 13 + 13
    for number in range(14):
        if number != 12:
            assert page.count(f"<title>trial {number}, ") == 2
    table = page[page.index("<h2>Leaderboard") :]
    assert len(re.findall(r"<tr[^>]*><th scope=\"row\"", table[: table.index("</section>")])) == 13
    for fact in ("0.39", "ValueError", "all trials were made", "1e-05 to 1, by its logarithm", "8,8,8", "random"[:0]):
        assert fact in parsed.text


def test_names_are_no_markup(page):
    parsed = Page(page)
    assert "script" not in parsed.tags
    assert parsed.text.count(EVIL) >= 5
    assert not [name for name, _ in parsed.attributes if name.startswith("on")]


def test_the_page_needs_nothing_else(page):
    parsed = Page(page)
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in page
    assert not {"script", "link", "img", "iframe", "object"} & set(parsed.tags)
    assert "@import" not in page
    assert "//" not in re.sub(r'xmlns="http://www.w3.org/2000/svg"', "", page)
    assert "prefers-color-scheme: dark" in page


def test_pictures_are_well_formed_and_within_their_frame(page):
    svgs = [ElementTree.fromstring(svg) for svg in re.findall(r"<svg.*?</svg>", page, re.S)]
    assert len(svgs) == 2
    for svg in svgs:
        assert svg.get("role") == "img"
        width, height = map(float, svg.get("viewBox").split()[2:])
        for line in svg.iter("{http://www.w3.org/2000/svg}polyline"):
            for point in line.get("points").split():
                x, y = map(float, point.split(","))
                assert 0 <= x <= width
                assert 0 <= y <= height


def test_the_best_is_on_top_and_those_that_ended_early_are_thin(page):
    lines = re.findall(r'<polyline class="([^"]*)" points="[^"]*"><title>trial (\d+)', page)
    assert lines[12] == ("q4 best cut", "11")
    assert {number for kind, number in lines if "cut" in kind} == {"3", "7", "11"}


def test_one_trial_and_equal_scores_can_be_drawn():
    for count in (1, 3):
        trials = [Trial(k, {"a": 1.0}, score=-0.5, curves=((0.5,),)) for k in range(count)]
        for space in ({"a": [1.0]}, {"a": Between(0.5, 2)}, {"a": object()}):
            svg = parallel_coordinates(trials, space, LOSS)
            assert "nan" not in svg
            ElementTree.fromstring(svg)
