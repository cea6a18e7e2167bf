"""What `train` tells of a model beside its metrics, and what its options do to it."""

import re
from pathlib import Path

import numpy as np
import pytest
from by_hand import columns, metric, write

import layerwise as lw
from layerwise.cli.describing import mean_curve
from layerwise.cli.display import blocks
from layerwise.cli.measured import largest_classes, pooled
from layerwise.estimators.tabular.evaluation import Bin
from layerwise.storage import read_model_file

QUICK = ("--epochs", 9)


def numbers_of(out, first):
    """The numbers of the lines of a table that begin with a pattern."""
    found = re.findall(rf"^│ +{first} +│(.*)│$", out, re.M)
    assert found, out
    return [
        [float(cell.strip(" %").replace(",", "")) for cell in line.split("│") if cell.strip(" █")] for line in found
    ]


def test_the_report_in_the_terminal(layerwise, people):
    code, out, _ = layerwise("train", people, "--target", "buys")
    assert code == 0
    n = len(lw.load("people.safetensors").members)
    assert re.search(rf"^{n} networks [\d-]+-1 \(relu, relu, relu, sigmoid, \d embeddings\); .* each$", out, re.M)
    assert re.search(r"^trained for \d+( to \d+)? epochs", out, re.M)
    assert re.search(r"^validation cost \(mean\) +[▁▂▃▄▅▆▇█]+ \d", out, re.M)
    rows = int(re.search(r"On (\d+) held-out rows \(each by networks that did not learn from it\)", out)[1])
    assert abs(rows - 30 * n) <= n
    (no,), (yes,) = numbers_of(out, "no"), numbers_of(out, "yes")
    assert sum(no[:2]) + sum(yes[:2]) == rows
    assert (no[0] + yes[1]) / rows == pytest.approx(metric(out, "accuracy")[0], abs=1e-4)
    bins = numbers_of(out, f"(?:{rows // 10}|{rows // 10 + 1})")
    assert len(bins) == 10
    assert np.mean([observed for _, observed in bins]) == pytest.approx(100 * sum(yes[:2]) / rows, abs=0.5)
    importance = re.findall(r"│ (\w+) +│ +-?\d\.\d{4} │ █* +│", out)
    assert set(importance) == {"age", "city", "noise"}
    assert importance[0] == "age"


def test_residuals_of_numbers(layerwise):
    table = write("t.csv", "x,y", [(i * i % 17, 100 * (i * i % 17) + i % 3) for i in range(120)])
    code, out, _ = layerwise("train", table, "--target", "y", *QUICK)
    assert code == 0
    assert re.search(r"lowest +┃ +5 % ┃ +25 % ┃ +median ┃ +75 % ┃ +95 % ┃ +highest", out)
    assert "true mean" in out


def test_one_network_tells_of_one(layerwise, people):
    out = layerwise("train", people, "--target", "buys", "--quality", "fast", *QUICK)[1]
    assert "network " in out
    assert "each" not in out
    assert "On 30 held-out rows" in out
    assert "training cost    " in out


def test_quiet_prints_nothing_and_writes_the_same(layerwise, people):
    write("people.csv", "id," + people.read_text().splitlines()[0],
          [(k, line) for k, line in enumerate(people.read_text().splitlines()[1:])])  # fmt: skip
    assert layerwise("train", people, "--target", "buys", *QUICK, "-o", "a")[2] != ""
    assert layerwise("train", people, "--target", "buys", *QUICK, "-o", "b", "--plot", "p.png", "-q") == (0, "", "")
    assert read_model_file("a").digest == read_model_file("b").digest
    assert Path("p.png").is_file()
    assert layerwise("train", people, "--target", "by", "--quiet")[0] == 2


def test_dropped_columns_name_the_option_that_keeps_them(layerwise):
    table = write("t.csv", "a b,x,y", [(f"name {i * 7919}", i % 5, "pq"[i % 2]) for i in range(100)])
    err = layerwise("train", table, "--target", "y", *QUICK)[2]
    assert "To keep it: --role 'a b=category'." in err
    code, _, err = layerwise("train", table, "--target", "y", "--role", "a b=category", *QUICK)
    assert (code, err) == (0, "")


class TestWeights:
    def weighted(self, people, weight):
        text = people.read_text().splitlines()
        lines = [f"{text[0]},w", *(f"{line},{weight(k)}" for k, line in enumerate(text[1:]))]
        Path("w.csv").write_text("\n".join(lines) + "\n")
        return "w.csv"

    def test_they_are_no_feature(self, layerwise, people):
        layerwise("train", self.weighted(people, lambda k: 1 + k % 3), "--target", "buys", "--weight", "w", *QUICK)
        assert "w" not in lw.load("w.safetensors").encoder.types
        assert layerwise("predict", "w.safetensors", people)[0] == 0

    def test_they_count(self, layerwise, people):
        out = {}
        for name, weight in (("one", lambda k: 1), ("other", lambda k: 1 + 9 * (k % 2))):
            table = self.weighted(people, weight)
            out[name] = layerwise("train", table, "--target", "buys", "--weight", "w", *QUICK)[1]
        assert metric(out["one"], "log loss") != metric(out["other"], "log loss")

    def test_a_row_of_weight_0_is_none(self, layerwise, people):
        layerwise("train", people, "--target", "buys", *QUICK, "-o", "all")
        text = people.read_text().splitlines()
        Path("less.csv").write_text("\n".join(line for k, line in enumerate(text) if k != 7) + "\n")
        layerwise("train", "less.csv", "--target", "buys", *QUICK, "-o", "less")
        table = self.weighted(people, lambda k: 0.0 if k == 6 else 1.0)
        _, _, err = layerwise("train", table, "--target", "buys", "--weight", "w", *QUICK, "-o", "zero")
        assert "note: 1 rows with a weight of 0 are left out." in err
        less, zero, other = (columns(layerwise("predict", name, people)[1]) for name in ("less", "zero", "all"))
        P = [np.array(found["probability of yes"], float) for found in (less, zero, other)]
        np.testing.assert_allclose(P[0], P[1], atol=1e-4)
        assert np.abs(P[0] - P[2]).max() > 1e-3


def test_rows_of_another_table_are_what_it_is_held_against(layerwise, people):
    text = people.read_text().splitlines(keepends=True)
    Path("held.csv").write_text("".join([*text[:41], "30,Rome,1,\n"]))
    code, out, err = layerwise("train", people, "--target", "buys", "--eval-table", "held.csv", *QUICK)
    assert code == 0
    assert "note: 1 rows of held.csv without a value in 'buys' are left out." in err
    assert "On 40 rows of held.csv" in out
    assert lw.load("people.safetensors").rows == {"training": 300, "held_out": 40, "without_target": 0}
    write("wrong.csv", "age,town,buys", [(30, "Rome", "yes")])
    code, _, err = layerwise("train", people, "--target", "buys", "--eval-table", "wrong.csv")
    assert code == 2
    assert "--eval-table 'wrong.csv': The model needs the columns 'city', 'noise'" in err


@pytest.mark.parametrize("sign", ["+1", "-1"])
def test_monotone_predictions(layerwise, people, sign):
    layerwise("train", people, "--target", "buys", "--monotone", f"age={sign}", *QUICK)
    write("ages.csv", "age,city,noise", [(age, "Oslo", 0) for age in range(10, 90)])
    P = np.array(columns(layerwise("predict", "people.safetensors", "ages.csv")[1])["probability of yes"], float)
    assert (np.diff(P) * int(sign) >= 0).all()


def test_roles_are_in_the_model(layerwise, people):
    options = ("--role", "city=ordinal:Lima,Rome,Oslo", "--role", "noise=drop", "--role", "age=category")
    assert layerwise("train", people, "--target", "buys", *options, *QUICK)[0] == 0
    out = layerwise("inspect", "people.safetensors")[1]
    assert re.search(r"│ city +│ ordinal", out)
    assert re.search(r"│ age +│ category", out)
    assert "noise" not in out


def test_losses_of_numbers(layerwise):
    rng = np.random.default_rng(0)
    rows = [(round(x, 3), int(rng.poisson(np.exp(x)))) for x in rng.uniform(-1, 2, 200)]
    table = write("t.csv", "x,y", rows)
    metrics = {}
    for loss in ("squared_error", "poisson", "quantile(q=0.9)"):
        options = ("--target", "y", "--task", "regression", "--loss", loss, *QUICK)
        code, out, err = layerwise("train", table, *options)
        assert code == 0, err
        metrics[loss] = metric(out, "RMSE")
    assert len(set(metrics.values())) == 3
    assert metrics["poisson"][0] < metrics["poisson"][1] == metrics["squared_error"][1]


def test_inspect_tells_of_embeddings_and_settings(layerwise, people):
    layerwise("train", people, "--target", "buys", "--seed", 7, *QUICK)
    out = layerwise("inspect", "people.safetensors")[1]
    for fact in ("ordered positions", "│ seed", "│ 7", " networks of", "rise of the cost", "trained for"):
        assert fact in out


def test_a_curve_that_has_ended_stays_where_it_was():
    assert mean_curve([[4.0, 2.0], [2.0], []]) == [3.0, 2.0]
    assert mean_curve([]) == []


def test_bars():
    assert [len(blocks(share, 10)) for share in (-0.5, 0.0, 0.001, 0.5, 1.0)] == [0, 0, 1, 5, 10]


def test_the_largest_classes_stay_in_their_order():
    assert largest_classes([5, 1, 9, 7], most=3) == [0, 2, 3]


def test_bins_of_all_classes_are_pooled():
    curves = [[Bin(10, 0.1, 0.2), Bin(10, 0.5, 0.4)], [Bin(30, 0.3, 0.2), Bin(10, 0.9, 1.0)]]
    assert pooled(curves, groups=2) == [Bin(40, 0.25, 0.2), Bin(20, 0.7, 0.7)]
    assert pooled(curves[:1]) == curves[0]
