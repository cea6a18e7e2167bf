"""Why solver="auto" takes L-BFGS for few rows and AdamW for many: both on real tables cut to different sizes.

    python -m benchmarks.auto_solver

Every fit has the estimators' defaults, but for 1,000 iterations and early stopping of AdamW by the training cost. What
is printed for each number of rows: in how many of the fits L-BFGS has the better score on the other rows, the median of
the differences of the scores (accuracy or R²), and how many times longer it took.
"""

from __future__ import annotations

import statistics
import time
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, make_classification, make_friedman1
from sklearn.preprocessing import scale

from layerwise import MLPClassifier, MLPRegressor

ROWS = (100, 300, 1000, 3000, 10000)
SEEDS = range(4)
MOST_TESTED = 5000


def data_sets() -> Iterator[tuple[str, Any, Any, Any]]:
    """Yield the name, the estimator, X and y of each."""
    for name, load in {"digits": load_digits, "breast cancer": load_breast_cancer}.items():
        yield name, MLPClassifier, *load(return_X_y=True)
    yield "diabetes", MLPRegressor, *load_diabetes(return_X_y=True)
    yield "friedman", MLPRegressor, *make_friedman1(15000, noise=1.0, random_state=0)
    for flip in (0.0, 0.2):
        found = make_classification(15000, 20, n_informative=8, n_classes=3, flip_y=flip, random_state=0)
        yield f"classes, {flip:.0%} of the labels random", MLPClassifier, *found


def comparison(build: Any, X: Any, y: Any, rows: int, seed: int) -> tuple[float, float]:
    """Return by how much the score of L-BFGS is higher, and how many times longer it took."""
    order = np.random.default_rng(seed).permutation(len(X))
    train, test = order[:rows], order[rows : rows + MOST_TESTED]
    scores, seconds = [], []
    for solver in ("lbfgs", "adamw"):
        start = time.perf_counter()
        model = build(solver=solver, max_iter=1000, random_state=seed).fit(X[train], y[train])
        seconds.append(time.perf_counter() - start)
        scores.append(model.score(X[test], y[test]))
    return scores[0] - scores[1], seconds[0] / seconds[1]


def main() -> None:
    warnings.simplefilter("ignore")
    print(f"{'rows':>6}  {'L-BFGS better':>14}  {'median difference':>18}  {'times as long':>14}")
    found: dict[int, list[tuple[float, float]]] = {rows: [] for rows in ROWS}
    for _, build, X, y in data_sets():
        X = scale(X)
        y = scale(y) if build is MLPRegressor else y
        for rows in ROWS:
            if rows <= 0.8 * len(X):
                found[rows] += [comparison(build, X, y, rows, seed) for seed in SEEDS]
    for rows, pairs in found.items():
        differences, ratios = zip(*pairs, strict=True)
        better = sum(difference > 0 for difference in differences)
        print(
            f"{rows:>6,}  {f'{better} of {len(pairs)}':>14}  {statistics.median(differences):>18.4f}  "
            f"{statistics.median(ratios):>14.2f}"
        )


if __name__ == "__main__":
    main()
