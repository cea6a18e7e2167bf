"""`layerwise cv`: each row by a model that did not learn from it."""

import re
from pathlib import Path

import numpy as np
import pytest
from by_hand import columns, write

from layerwise.cli.fitting import part_of, problem_of, settings_of
from layerwise.cli.options import FitOptions
from layerwise.estimators.tabular import fit_model
from layerwise.estimators.tabular.folds import fold_of_rows

QUICK = ("--quality", "fast", "--epochs", 6)


def lines(out, name):
    """The numbers of a line of the printed table."""
    match = re.search(rf"│ {name} +│(.*)│", out)
    assert match, out
    return [float(cell.replace(",", "")) for cell in match[1].split("│") if cell.strip()]


def test_metrics_are_of_the_folds_and_their_mean(layerwise, people):
    code, out, err = layerwise("cv", people, "--target", "buys", "--folds", 4, *QUICK)
    assert (code, err) == (0, "")
    assert "people.csv: 300 rows, 4 folds" in out
    folds = np.array([lines(out, str(k)) for k in range(1, 5)])  # rows, accuracy, log loss, AUC, seconds
    assert folds[:, 0].sum() == 300
    np.testing.assert_allclose(lines(out, "mean")[:3], folds[:, 1:4].mean(axis=0), atol=2e-4)
    error = folds[:, 1:4].std(axis=0, ddof=1) / 2
    np.testing.assert_allclose(lines(out, "standard error"), error, atol=2e-4)
    assert lines(out, "mean")[0] > 0.8 > lines(out, "baseline")[0]
    assert not list(Path().glob("*.safetensors"))


def test_predictions_are_those_of_the_models_that_did_not_learn_from_the_row(layerwise, people):
    assert layerwise("cv", people, "--target", "buys", "--folds", 3, "--output", "p.csv", *QUICK)[0] == 0
    written, truth = columns(Path("p.csv").read_text()), columns(people.read_text())["buys"]
    assert list(written) == ["row", "truth", "prediction", "probability of no", "probability of yes"]
    assert written["row"] == [str(i + 1) for i in range(300)]
    assert written["truth"] == truth

    options = FitOptions("buys", quality="fast", epochs=6)
    problem = problem_of(people, options)
    fold = fold_of_rows(problem.rows.Y[0], 300, 0, 3)
    model = fit_model(*part_of(problem, np.flatnonzero(fold != 1)), settings_of(options))
    held = problem.rows.table.take(fold == 1)
    P = np.array(written["probability of yes"], float)[fold == 1]
    np.testing.assert_allclose(model.predict_proba(held)[:, 1], P, rtol=1e-8)


def test_numbers_are_predicted_in_their_unit(layerwise):
    table = write("t.csv", "x,y", [(i * i % 17, 100 * (i * i % 17) + i % 3) for i in range(120)])
    code, out, _ = layerwise("cv", table, "--target", "y", "--folds", 3, "-o", "p.parquet", "--epochs", 30)
    assert code == 0
    assert "R²" in out
    import polars as pl

    frame = pl.read_parquet("p.parquet")
    assert frame.columns == ["row", "truth", "prediction"]
    assert np.corrcoef(frame["truth"], frame["prediction"])[0, 1] > 0.9


def test_the_only_row_of_a_class_is_never_held_out(layerwise):
    rows = [(i * i % 17, "abc"[i % 2]) for i in range(60)]
    table = write("t.csv", "x,y", [*rows, (3, "c")])
    code, out, err = layerwise("cv", table, "--target", "y", "--folds", 3, "-o", "p.csv", *QUICK)
    assert (code, err) == (0, "")
    assert "multiclass" in out
    written = columns(Path("p.csv").read_text())
    assert (written["truth"][-1], written["prediction"][-1], written["probability of a"][-1]) == ("c", "", "")
    assert "" not in written["prediction"][:-1]


def test_weights_count(layerwise, people):
    text = people.read_text().splitlines()
    weighted = [f"{text[0]},w", *(f"{line},{k % 3}" for k, line in enumerate(text[1:]))]
    Path("w.csv").write_text("\n".join(weighted) + "\n")
    _, out, err = layerwise("cv", "w.csv", "--target", "buys", "--weight", "w", *QUICK)
    assert "note: 100 rows with a weight of 0 are left out." in err
    assert sum(int(lines(out, str(k))[0]) for k in range(1, 6)) == 200


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--folds", 1], "'--folds' parameter of cv must be an int in the range [2, inf). Got 1"),
        (["--folds", 200], "--folds 200 needs at least 400 rows with a target. Got 300"),
        (["-o", "p.txt"], "--output 'p.txt' must end in .csv, .csv.gz or .parquet"),
        (["-o", "people.csv"], "--output and the table must be two files"),
        (["--quality", "fst"], "Did you mean 'fast'?"),
        (["--role", "age=old"], "Unknown --role 'old'"),
        (["--plot", "p.png"], "No such option"),
    ],
)
def test_bad_input_is_one_line(layerwise, people, options, message):
    before = people.read_bytes()
    code, _, err = layerwise("cv", people, "--target", "buys", *options)
    assert code == 2
    (line,) = err.splitlines()
    assert message in line
    assert people.read_bytes() == before


def test_folds_that_diverge_are_told_by_the_exit_code(layerwise, people):
    code, out, _ = layerwise(
        "cv", people, "--target", "buys", "--learning-rate", 1e30, "--folds", 2, "--quality", "fast", "-o", "p.csv"
    )
    assert code == 1
    assert "–" in out
    assert Path("p.csv").exists()
