"""Estimator against estimator at equal work: layerwise's and scikit-learn's, on the same rows with the same parameters.

    python -m benchmarks.estimators [--quick] [--json PATH] [--repeats N]

Perceptrons go through exactly `max_iter` epochs (tol=0, no patience), logistic regressions to the same `tol`. Both are
called in turn in one process, scikit-learn with one thread of its BLAS and with all; the faster counts. Medians are
compared, and the costs on the training rows, with the penalty, show that both computed the same.
"""

from __future__ import annotations

import argparse
import functools
import gc
import math
import statistics
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import sklearn.linear_model
import sklearn.neural_network
from sklearn.metrics import log_loss, mean_squared_error

import layerwise as lw
from benchmarks.accuracy import DATA_SETS, matrices
from benchmarks.environment import describe, limit_threads
from benchmarks.measuring import OWN_BATCHES, in_turn
from benchmarks.peers.numpy_peer import with_blas_threads
from benchmarks.report import bar, duration, summary, times, write_json
from layerwise.network import Array

ROOT = Path(__file__).parents[1]
SAME_MINIMUM = 1e-3
"""How far the costs of two logistic regressions may differ, relatively; perceptrons draw their own batches."""
SAME_PREDICTION = 1e-4
RIVAL = "scikit-learn"
SMALL_UNITS, SMALL_BATCH, SMALL_TIMES = 32, 64, 10.0
MIDDLE_UNITS, MIDDLE_TIMES = 128, 4.0
LOGISTIC_TIMES = 1.0
ROW_TIMES = 5.0
OVERHEAD_SECONDS = 1e-3


@dataclass(frozen=True)
class Job:
    """What both estimators do; the seconds reported are those of one of `calls` calls."""

    name: str
    data: str
    estimator: str = "MLPClassifier"
    parameters: Mapping[str, Any] = field(default_factory=dict)
    does: str = "fit"
    rows: int | None = None  # the first ones; None: all
    calls: int = 1
    times: float | None = None  # as fast as wanted, where the parameters do not say it
    seconds: float | None = None
    judged: bool = True

    @property
    def wanted(self) -> list[dict[str, float]]:
        """What is wanted of the ratio to scikit-learn, or of layerwise's seconds."""
        if not self.judged:
            return []
        if self.seconds is not None:
            return [{"most": self.seconds}]
        least = self.times
        if least is None and self.does == "fit":
            least = LOGISTIC_TIMES if self.estimator == "LogisticRegression" else self._of_a_perceptron()
        return [] if least is None else [{"least": least}]

    def _of_a_perceptron(self) -> float | None:
        units = max(np.atleast_1d(self.parameters.get("hidden_layer_sizes", 100)))
        if units <= SMALL_UNITS and self.parameters.get("batch_size", math.inf) <= SMALL_BATCH:
            return SMALL_TIMES
        return MIDDLE_TIMES if units <= MIDDLE_UNITS else None

    def smaller(self) -> Job:
        """Return a tenth of the work, for a quick look; what is wanted holds for the whole only."""
        parameters = dict(self.parameters)
        if self.estimator != "LogisticRegression" and "max_iter" in parameters:
            parameters["max_iter"] = max(1, parameters["max_iter"] // 10)
        rows = self.rows if self.does == "predict_proba" else min(self.rows or 5000, 5000)
        return replace(self, parameters=parameters, rows=rows, calls=max(1, self.calls // 10), judged=False)


def _perceptron(epochs: int, hidden: int = 100, batch: int | str = "auto") -> dict[str, Any]:
    given = {"hidden_layer_sizes": hidden, "max_iter": epochs}
    return given if batch == "auto" else {**given, "batch_size": batch}


JOBS = (
    Job("digits, 32 units, batches of 32", "digits", parameters=_perceptron(10, 32, 32)),
    Job("digits, 100 units", "digits", parameters=_perceptron(20)),
    Job("breast cancer, 16 units, batches of 32", "breast_cancer", parameters=_perceptron(30, 16, 32)),
    Job("breast cancer, 100 units", "breast_cancer", parameters=_perceptron(50)),
    Job("adult, 100 units", "adult", parameters=_perceptron(2)),
    Job("100,000 x 100, 128 units, batches of 200", "synthetic", parameters=_perceptron(1, 128, 200)),
    Job("diabetes, 100 units", "diabetes", "MLPRegressor", _perceptron(50)),
    Job("digits, lbfgs", "digits", "LogisticRegression", {"max_iter": 1000}),
    Job("adult, lbfgs", "adult", "LogisticRegression", {"max_iter": 1000}),
    Job("20,000 x 64, 100 units", "many rows", parameters=_perceptron(1), does="predict_proba"),
    Job("one row of 64, 100 units", "many rows", parameters=_perceptron(1), does="predict_proba", rows=1, calls=500,
        times=ROW_TIMES),
    Job("100 x 4, 100 units, one epoch", "tiny", parameters=_perceptron(1), calls=20, seconds=OVERHEAD_SECONDS),
)  # fmt: skip
"""Everything that is measured."""


def _drawn(rows: int, columns: int, classes: int) -> tuple[Array, Array]:
    rng = np.random.default_rng(0)
    X = rng.standard_normal((rows, columns))
    return X, np.argmax(X @ rng.standard_normal((columns, classes)) + rng.gumbel(size=(rows, classes)), axis=1)


DRAWN = {"synthetic": (100_000, 100, 10), "many rows": (20_000, 64, 10), "tiny": (100, 4, 2)}


@functools.cache
def rows_of(name: str) -> tuple[Array, Array] | None:
    """Return X and y in float64, numbers standardised and texts one-hot; None where a table is not here."""
    if name in DRAWN:
        return _drawn(*DRAWN[name])
    data = next(data for data in DATA_SETS if data.name == name)
    return matrices(data, data.load())[0] if data.is_here else None


def models(job: Job) -> dict[str, Any]:
    """Return both estimators, with the same parameters."""
    modules = (sklearn.neural_network, sklearn.linear_model)
    theirs = next(getattr(module, job.estimator) for module in modules if hasattr(module, job.estimator))
    exactly = {} if job.estimator == "LogisticRegression" else {"tol": 0, "n_iter_no_change": np.inf, "random_state": 0}
    given = {**exactly, **job.parameters}
    return {"layerwise": getattr(lw, job.estimator)(**given), RIVAL: theirs(**given)}


def calls_of(job: Job, X: Array, y: Array) -> dict[str, Callable[[], Any]]:
    """Return what is timed of each library; a prediction is that of the same weights."""
    both = models(job)
    if job.does == "fit":
        return {name: functools.partial(_repeat, job.calls, model.fit, X, y) for name, model in both.items()}
    ours, theirs = both["layerwise"].fit(X, y), both[RIVAL].fit(X, y)
    ours.coefs_, ours.intercepts_ = [W.copy() for W in theirs.coefs_], [b.copy() for b in theirs.intercepts_]
    asked = X[: job.rows]
    return {name: functools.partial(_repeat, job.calls, model.predict_proba, asked) for name, model in both.items()}


def _repeat(calls: int, call: Callable[..., Any], *given: Any) -> Any:
    for _ in range(calls):
        outcome = call(*given)
    return outcome


def cost(job: Job, model: Any, X: Array, y: Array) -> float:
    """Return the mean cost on all rows, with the penalty of a logistic regression."""
    if job.estimator == "MLPRegressor":
        return float(mean_squared_error(y, model.predict(X))) / 2
    J = log_loss(y, model.predict_proba(X).astype(np.float64))
    if job.estimator == "LogisticRegression":
        J += float(np.sum(model.coef_.astype(np.float64) ** 2)) / (2 * model.C * len(y))
    return float(J)


def agree(job: Job, ours: Any, theirs: Any, X: Array, y: Array) -> tuple[bool, dict[str, float]]:
    """Return whether both computed the same, and the costs or the largest distance of predictions that say so.

    After a quick look's few epochs the costs are still those of the two draws of the weights.
    """
    if job.does != "fit":
        distance = float(np.abs(ours - theirs).max())
        return distance <= SAME_PREDICTION, {"layerwise": distance, RIVAL: 0.0}
    costs = {"layerwise": cost(job, ours, X, y), RIVAL: cost(job, theirs, X, y)}
    logistic = job.estimator == "LogisticRegression"
    close = not job.judged or math.isclose(*costs.values(), rel_tol=SAME_MINIMUM if logistic else OWN_BATCHES)
    return close and (logistic or ours.n_iter_ == theirs.n_iter_ == job.parameters["max_iter"]), costs


def measure(job: Job, dtype: str, repeats: int, threads: int) -> dict[str, Any] | None:
    """Return the timings and what they say, as plain JSON values; None where the data are not here."""
    found = rows_of(job.data)
    if found is None:
        return None
    X, y = found[0].astype(dtype), found[1]
    if job.does == "fit":
        X, y = X[: job.rows], y[: job.rows]
    if job.estimator == "MLPRegressor":
        y = y.astype(dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        calls = calls_of(job, X, y)
        ways = with_blas_threads(threads, lambda: calls[RIVAL])
        everyone = [calls["layerwise"], *(prepare() for prepare in ways.values())]
        outcomes = [call() for call in everyone]  # warms up
        same, values = agree(job, *outcomes[:2], X, y)
        taken = _timed(everyone, repeats, job.calls)
    best = min(range(1, len(taken)), key=lambda which: statistics.median(taken[which]))
    return _entry(job, dtype, X.shape, same, values, {"layerwise": taken[0], RIVAL: taken[best]}, list(ways)[best - 1])


def _timed(calls: Sequence[Callable[[], Any]], repeats: int, units: int) -> list[list[float]]:
    taken: list[list[float]] = [[] for _ in calls]
    gc.collect()
    gc.disable()
    try:
        for which, elapsed in in_turn(list(calls), repeats):
            taken[which].append(elapsed / units)
    finally:
        gc.enable()
    return taken


def _entry(
    job: Job,
    dtype: str,
    shape: tuple[int, ...],
    same: bool,
    values: Mapping[str, float],
    taken: Mapping[str, list[float]],
    way: str,
) -> dict[str, Any]:
    ratio = statistics.median(theirs / ours for ours, theirs in zip(taken["layerwise"], taken[RIVAL], strict=True))
    medians = {name: statistics.median(each) for name, each in taken.items()}
    bars = [
        bar(RIVAL, "times", ratio, **wish)
        if "least" in wish
        else bar("layerwise", "seconds", medians["layerwise"], **wish)
        for wish in job.wanted
    ]
    for each in bars:
        each["met"] = each["met"] and same
    return {
        "name": f"{job.estimator}.{job.does}, {job.name}, {dtype}",
        "estimator": job.estimator,
        "does": job.does,
        "title": job.name,
        "dtype": dtype,
        "parameters": dict(job.parameters),
        "shape": list(shape),
        "median": medians,
        "way": way,
        "times": ratio,
        "values": dict(values),
        "agrees": same,
        "bars": bars,
        "seconds": dict(taken),
    }


WIDTHS = (43, 9, 11, 14, 11, 18, 9, 10)


def heading() -> str:
    """Return the names of the columns."""
    return _line("", "type", "layerwise", "scikit-learn", "its BLAS", "costs", "faster", "wanted", "")


def line(each: Mapping[str, Any]) -> str:
    """Return one job as aligned text."""
    costs = " ".join(f"{value:.4g}" for value in each["values"].values() if each["does"] == "fit")
    wishes = [times(b["least"]) if b["what"] == "times" else duration(b["most"]) for b in each["bars"]]
    verdict = "" if not each["bars"] else "met" if all(b["met"] for b in each["bars"]) else "falls short"
    return _line(
        f"  {each['title']}",
        each["dtype"],
        duration(each["median"]["layerwise"]),
        duration(each["median"][RIVAL]),
        each["way"],
        costs,
        times(each["times"]),
        ", ".join(wishes),
        "  " + (verdict if each["agrees"] else "computes something else"),
    )


def _line(first: str, *rest: str) -> str:
    aligned = [f"{cell:>{width}}" for cell, width in zip(rest[:-1], WIDTHS[1:], strict=False)]
    return f"{first:<{WIDTHS[0]}}{''.join(aligned)}{rest[-1]}".rstrip()


def run(
    jobs: Sequence[Job], dtypes: Sequence[str], repeats: int, threads: int, say: Callable[[str], None] = print
) -> dict[str, Any]:
    """Measure all jobs; each line is printed as soon as it is known."""
    about = {**describe(threads), "repeats": repeats}
    versions = ", ".join(f"{name} {version}" for name, version in about["versions"].items())
    engine = " ".join(filter(None, about["engine"].values()))
    say(f"{about['processor']}, {about['instruction_set']}, {threads} threads at most, engine {engine}\n{versions}")
    say(heading())
    entries, missing, kind = [], [], ""
    for job in jobs:
        if kind != (kind := f"{job.estimator}.{job.does}"):
            say(kind)
        for dtype in dtypes:
            found = measure(job, dtype, repeats, threads)
            if found is None:
                missing.append(f"{kind}, {job.name} is left out: its table is not here")
                say(f"  {job.name} is left out: its table is not here")
                break
            entries.append(found)
            say(line(found))
    say(summary(entries))
    return {"about": about, "missing": missing, "jobs": entries}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--repeats", type=int, default=5, help="rounds that are counted (default 5)")
    add("--threads", type=int, default=2, help="processor cores for both (default 2)")
    add("--quick", action="store_true", help="a tenth of the work, three rounds, no verdicts")
    add("--json", type=Path, help="where all figures go; a whole run writes benchmarks/results/estimators.json")
    chosen = parser.parse_args()
    limit_threads(chosen.threads)
    jobs = [job.smaller() for job in JOBS] if chosen.quick else JOBS
    repeats = 3 if chosen.quick else chosen.repeats
    results = run(jobs, ("float64", "float32"), repeats, chosen.threads, functools.partial(print, flush=True))
    path = chosen.json or (None if chosen.quick else ROOT / "benchmarks/results/estimators.json")
    if path:
        write_json(path, results)
        print(f"{path} has every timing")


if __name__ == "__main__":
    main()
