"""Test accuracy, or R², of layerwise's and scikit-learn's perceptrons: the same parameters, rows and features.

    OPENBLAS_NUM_THREADS=1 python -m benchmarks.accuracy [--seeds 10] [--sets digits,iris]

A seed draws the split into training and test rows and is both models' `random_state`; weights and batches are each
library's own. Numbers are scaled and texts one-hot by the training rows, targets of a regression standardised.
A difference counts where its mean over the seeds is more than two of its standard errors: of twenty comparisons of
equals, one or two will count by chance.
"""

from __future__ import annotations

import argparse
import csv
import math
import statistics
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import sklearn.datasets
import sklearn.neural_network
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split

import layerwise as lw
from benchmarks.environment import describe
from benchmarks.report import write_json
from layerwise.network import Array
from layerwise.tables import Table, TableEncoder, TargetEncoder

ROOT = Path(__file__).parents[1]
REAL_TABLES = ROOT.parent / "shared" / "data"
TEST_PART = 0.25
SETTINGS: dict[str, dict[str, Any]] = {"defaults": {}, "early stopping": {"early_stopping": True}}


@dataclass(frozen=True)
class DataSet:
    """A table and what is to be learnt of it; of a large one so many rows are drawn for every seed."""

    name: str
    target: str = "target"
    regression: bool = False
    rows: int | None = None

    @property
    def path(self) -> Path:
        """The file of a real table; scikit-learn's own sets have none."""
        return REAL_TABLES / f"{self.name}.csv"

    @property
    def is_here(self) -> bool:
        """Whether it can be loaded."""
        return self.path.exists() or self.target == "target"

    def load(self) -> Table:
        """Return all rows."""
        if self.target != "target":
            return table_of(self.path)
        bunch = getattr(sklearn.datasets, f"load_{self.name}")()
        return Table({**{f"x{j}": column for j, column in enumerate(bunch.data.T)}, "target": bunch.target})


DATA_SETS = (
    DataSet("adult", "income", rows=4000),
    DataSet("titanic", "Survived"),
    DataSet("german-credit", "risk"),
    DataSet("digits"),
    DataSet("breast_cancer"),
    DataSet("wine"),
    DataSet("iris"),
    DataSet("california-housing", "median_house_value", regression=True, rows=4000),
    DataSet("wine-quality-white", "quality", regression=True),
    DataSet("abalone", "rings", regression=True),
    DataSet("diabetes", regression=True),
)


def table_of(path: Path) -> Table:
    """Read a CSV file with the standard library, which every environment has."""
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    return Table({name: _column(cells) for name, cells in zip(header, zip(*rows, strict=True), strict=True)})


def _column(cells: Sequence[str]) -> list[Any]:
    try:
        return [float(cell) if cell else None for cell in cells]
    except ValueError:
        return [cell or None for cell in cells]


def matrices(data: DataSet, train: Table, *others: Table) -> list[tuple[Array, Array]]:
    """Return X and y of the training rows and of others, in the units of the training rows."""
    task = "regression" if data.regression else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        encoder = TableEncoder.fit(train, data.target, embed=False)
        target = TargetEncoder.fit(train, data.target, task=task)
        learnt = encoder.transform(train)
        marks = np.isin(learnt, (-1, 0, 1)).all(axis=0)  # of missing cells and levels
        mean, std = np.where(marks, 0, learnt.mean(axis=0)), np.where(marks, 1, learnt.std(axis=0))
        found = []
        for table in (train, *others):
            X, Y = (encoder.transform(table) - mean) / std, target.encode(table)
            y = Y[:, 0] if Y.shape[1] == 1 else Y.argmax(axis=1)
            found.append((np.ascontiguousarray(X), y if data.regression else y.astype(np.int64)))
    return found


def split(data: DataSet, table: Table, seed: int) -> list[tuple[Array, Array]]:
    """Return X and y for training, and X and y for the test."""
    rows = np.arange(table.n_rows)
    if data.rows and data.rows < table.n_rows:
        rows = np.random.default_rng(seed).choice(rows, data.rows, replace=False)
    strata = None if data.regression else table[data.target][rows]
    train, test = train_test_split(rows, test_size=TEST_PART, random_state=seed, stratify=strata)
    return matrices(data, table.take(train), table.take(test))


def scores(data: DataSet, table: Table, parameters: dict[str, Any], seed: int) -> dict[str, tuple[float, int]]:
    """Return each library's score on the test rows, and its epochs."""
    (X, y), test = split(data, table, seed)
    name = "MLPRegressor" if data.regression else "MLPClassifier"
    found = {}
    for library, module in (("layerwise", lw), ("scikit-learn", sklearn.neural_network)):
        model = getattr(module, name)(random_state=seed, **parameters)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(X, y)
        found[library] = float(model.score(*test)), int(model.n_iter_)
    return found


def verdict(differences: Sequence[float]) -> tuple[float, float, str]:
    """Return the mean difference, its standard error, and whether layerwise is equal, better or worse."""
    mean = statistics.fmean(differences)
    error = statistics.stdev(differences) / math.sqrt(len(differences))
    if abs(mean) <= 2 * error or mean == 0:
        return mean, error, "equal"
    return mean, error, "better" if mean > 0 else "worse"


def compare(data: DataSet, setting: str, seeds: int) -> dict[str, Any]:
    """Return the scores of all seeds and what they say, as plain JSON values."""
    table = data.load()
    runs = [scores(data, table, SETTINGS[setting], seed) for seed in range(seeds)]
    ours, theirs = ([run[library][0] for run in runs] for library in ("layerwise", "scikit-learn"))
    mean, error, said = verdict([a - b for a, b in zip(ours, theirs, strict=True)])
    return {
        "name": data.name,
        "rows": min(data.rows or table.n_rows, table.n_rows),
        "metric": "R²" if data.regression else "accuracy",
        "setting": setting,
        "layerwise": ours,
        "scikit-learn": theirs,
        "epochs": {library: [run[library][1] for run in runs] for library in runs[0]},
        "difference": mean,
        "standard_error": error,
        "verdict": said,
    }


HEADING = (
    f"{'':<20}{'rows':>6}  {'setting':<15}{'metric':<9}"
    f"{'layerwise':>10}{'scikit-learn':>14}{'difference':>12}{'± error':>9}"
)  # fmt: skip


def line(found: dict[str, Any]) -> str:
    """Return one comparison as aligned text."""
    ours, theirs = (statistics.fmean(found[library]) for library in ("layerwise", "scikit-learn"))
    what = f"{found['name']:<20}{found['rows']:>6,}  {found['setting']:<15}{found['metric']:<9}"
    difference = f"{found['difference']:>+12.4f}{found['standard_error']:>9.4f}  {found['verdict']}"
    return f"{what}{ours:>10.4f}{theirs:>14.4f}{difference}"


def summary(entries: Sequence[dict[str, Any]]) -> str:
    """Return how many comparisons are equal, better and worse, and which are worse."""
    counts = {said: sum(each["verdict"] == said for each in entries) for said in ("equal", "better", "worse")}
    worse = [f"{each['name']}, {each['setting']}" for each in entries if each["verdict"] == "worse"]
    listed = ", ".join(f"{count} {said}" for said, count in counts.items())
    return f"Of {len(entries)} comparisons: {listed}" + (f" ({'; '.join(worse)})." if worse else ".")


def run(sets: Sequence[DataSet], seeds: int, say: Callable[[str], None] = print) -> dict[str, Any]:
    """Compare on all data sets that are here; each line is printed as soon as it is known."""
    missing = [f"{data.name} is left out: its table is not here" for data in sets if not data.is_here]
    say("\n".join([*missing, HEADING]))
    entries = []
    for data in sets:
        for setting in SETTINGS if data.is_here else ():
            entries.append(compare(data, setting, seeds))
            say(line(entries[-1]))
    say(summary(entries))
    return {"about": {**describe(1), "seeds": seeds}, "missing": missing, "comparisons": entries}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10, help="splits and models of each comparison (default 10)")
    parser.add_argument("--sets", help="some of them, with commas: " + ", ".join(data.name for data in DATA_SETS))
    parser.add_argument("--json", type=Path, help="a whole run writes benchmarks/results/accuracy.json")
    chosen = parser.parse_args()
    names = chosen.sets.split(",") if chosen.sets else [data.name for data in DATA_SETS]
    if unknown := set(names) - {data.name for data in DATA_SETS}:
        parser.error(f"unknown data set {', '.join(sorted(unknown))}")
    if not chosen.sets:
        chosen.json = chosen.json or ROOT / "benchmarks/results/accuracy.json"
    results = run(
        [data for data in DATA_SETS if data.name in names], chosen.seeds, lambda text: print(text, flush=True)
    )
    if chosen.json:
        write_json(chosen.json, results)
        print(f"{chosen.json} has every score")


if __name__ == "__main__":
    main()
