"""A bootstrap of logistic regressions: layerwise's fit_many, and joblib over scikit-learn's fits."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import joblib
import numpy as np

import layerwise as lw
from benchmarks.report import bar
from benchmarks.searches import data
from benchmarks.searches.measuring import OURS, Conditions, Side, figures, measured, times
from benchmarks.searches.pools import processes, warm_up
from layerwise.network import Array

NAME, COUNT, CHUNKS = "bootstrap", 1000, 20
PARAMETERS = {"C": 1.0, "tol": 1e-4, "max_iter": 1000}
WANTED_TIMES = 10.0
PEERS = {"joblib, processes": "loky", "joblib, threads": "threading"}


def ours(X: Array, y: Array, rows: Sequence[Array], threads: int) -> Array:
    """Return (resamples, columns + 1) coefficients, the intercept last."""
    from layerwise.searching import fit_many

    models = [lw.LogisticRegression(**PARAMETERS) for _ in rows]
    return coefficients(fit_many(models, X, y, rows=rows, threads=threads))


def by_joblib(backend: str, X: Array, y: Array, rows: Sequence[Array], threads: int) -> Array:
    """Return the coefficients of scikit-learn's fits, some of them a task, which costs less than each of its own."""
    each = -(-len(rows) // CHUNKS)
    tasks = (joblib.delayed(_fits)(X, y, rows[k : k + each]) for k in range(0, len(rows), each))
    with processes(threads, backend):
        return np.concatenate(joblib.Parallel()(tasks))


def _fits(X: Array, y: Array, rows: Sequence[Array]) -> Array:
    from sklearn.linear_model import LogisticRegression

    return coefficients([LogisticRegression(**PARAMETERS).fit(X[chosen], y[chosen]) for chosen in rows])


def coefficients(models: Sequence[Any]) -> Array:
    return np.array([[*model.coef_[0], model.intercept_[0]] for model in models], dtype=np.float64)


def tolerance(m: int) -> float:
    """Return how far a coefficient may be from its optimum: the penalty curves the mean cost by 1 / (m C) or more."""
    return PARAMETERS["tol"] * m * PARAMETERS["C"]


def measure(given: Conditions) -> dict[str, Any]:
    """Return what all sides took, and how far their coefficients are apart, as plain JSON values."""
    X, y = data.breast_cancer()
    rows = data.resamples(len(X), COUNT // 10 if given.quick else COUNT)
    warm_up(given.threads)
    calls: dict[str, Callable[[], Any]] = {OURS: functools.partial(ours, X, y, rows, given.threads)}
    for peer, backend in PEERS.items():
        calls[peer] = functools.partial(by_joblib, backend, X, y, rows, given.threads)
    sides, missing = measured(calls, given)
    return entry(sides, missing, X.shape, len(rows), judged=not given.quick)


def entry(
    sides: Mapping[str, Side], missing: Sequence[str], shape: tuple[int, ...], count: int, judged: bool = True
) -> dict[str, Any]:
    """Return the figures and what was wanted of them; the faster of joblib's ways counts."""
    theirs = min((name for name in PEERS if name in sides), key=lambda name: sides[name].median, default="joblib")
    apart = None
    if {OURS, theirs} <= set(sides):
        apart = float(np.abs(sides[OURS].outcome - sides[theirs].outcome).max())
    bars = []
    if judged:
        bars = [
            bar(theirs, "times", times(sides, theirs), least=WANTED_TIMES),
            bar(theirs, "coefficients apart", apart, most=tolerance(shape[0])),
        ]
    return {
        "name": NAME,
        "title": f"{count:,} logistic regressions on bootstraps of breast cancer, standardised",
        "work": {"fits": count, "shape": list(shape), "parameters": PARAMETERS},
        "apart": apart,
        "sides": figures(sides),
        "missing": list(missing),
        "bars": bars,
    }
