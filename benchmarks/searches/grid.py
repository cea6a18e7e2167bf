"""A grid on the same folds: layerwise's GridSearchCV, scikit-learn's, and Optuna that trains torch networks."""

from __future__ import annotations

import functools
import itertools
import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import layerwise as lw
from benchmarks.report import bar
from benchmarks.searches import data
from benchmarks.searches.measuring import OURS, Conditions, Side, figures, left_out, measured, times
from benchmarks.searches.pools import processes, warm_up

SKLEARN, OPTUNA = "scikit-learn", "Optuna with torch"
GRID = {
    "learning_rate_init": [0.0003, 0.001, 0.003, 0.01],
    "alpha": [1e-5, 1e-3, 1e-1],
    "activation": ["tanh", "relu"],
}
"""24 settings."""


@dataclass(frozen=True)
class GridSearch:
    """A grid over perceptrons that go through exactly `epochs` epochs, and how many times as fast is wanted."""

    name: str
    title: str
    load: Callable[[], data.Rows]
    hidden: tuple[int, ...]
    batch: int
    epochs: int = 30
    grid: Mapping[str, Sequence[Any]] = field(default_factory=lambda: GRID)
    wanted: Mapping[str, float] = field(default_factory=dict)
    with_optuna: bool = False
    as_good: bool = False
    """Whether the best mean score is judged too."""

    @property
    def parameters(self) -> dict[str, Any]:
        """What all estimators have in common, in scikit-learn's names."""
        work = {"hidden_layer_sizes": self.hidden, "batch_size": self.batch, "max_iter": self.epochs}
        return {**work, "tol": 0.0, "n_iter_no_change": 10_000, "random_state": 0}

    @property
    def settings(self) -> list[dict[str, Any]]:
        """All points of the grid."""
        return [dict(zip(self.grid, values, strict=True)) for values in itertools.product(*self.grid.values())]

    def smaller(self) -> GridSearch:
        """Return a tenth of the work, of which nothing is wanted."""
        return replace(self, epochs=max(1, self.epochs // 10), wanted={}, as_good=False)


DIGITS = GridSearch(
    "digits", "64-32-10 on digits, batches of 32", data.digits, (32,), 32, wanted={SKLEARN: 50, OPTUNA: 20},
    with_optuna=True, as_good=True,
)  # fmt: skip
BINARY = GridSearch(
    "binary", "10-64-64-1 on 4,000 made rows, batches of 64", data.binary, (64, 64), 64, wanted={SKLEARN: 5}
)


@dataclass(frozen=True)
class Found:
    """What a search found: the best setting and its scores on the folds; and how many settings were tried."""

    parameters: dict[str, Any]
    scores: list[float]
    settings: int

    @property
    def mean(self) -> float:
        """Of the best setting."""
        return statistics.fmean(self.scores)

    @property
    def error(self) -> float:
        """The standard error of the mean over the folds."""
        return statistics.stdev(self.scores) / math.sqrt(len(self.scores))

    def figures(self) -> dict[str, Any]:
        """Return plain JSON values."""
        about = {"best": self.parameters, "scores": self.scores, "settings": self.settings}
        return {"score": self.mean, "error": self.error, **about}


def found_by(search: Any) -> Found:
    """Return what a fitted search of scikit-learn's kind found."""
    results, best = search.cv_results_, int(search.best_index_)
    scores = [float(results[f"split{k}_test_score"][best]) for k in range(search.n_splits_)]
    return Found(dict(search.best_params_), scores, len(results["params"]))


def ours(job: GridSearch, X: Any, y: Any, threads: int) -> Found:
    from layerwise.searching import GridSearchCV

    given = {"cv": data.folds(), "n_jobs": threads, "refit": False, "error_score": "raise"}
    return found_by(GridSearchCV(lw.MLPClassifier(**job.parameters), dict(job.grid), **given).fit(X, y))


def scikit_learn(job: GridSearch, X: Any, y: Any, threads: int) -> Found:
    from sklearn.model_selection import GridSearchCV
    from sklearn.neural_network import MLPClassifier

    given = {"cv": data.folds(), "refit": False, "error_score": "raise"}
    with processes(threads):
        search = GridSearchCV(MLPClassifier(**job.parameters), dict(job.grid), n_jobs=threads, **given).fit(X, y)
    return found_by(search)


def measure(job: GridSearch, given: Conditions) -> dict[str, Any]:
    """Return what all sides took and found, as plain JSON values."""
    if given.quick:
        job = job.smaller()
    X, y = job.load()
    warm_up(given.threads)
    calls: dict[str, Callable[[], Found]] = {
        OURS: functools.partial(ours, job, X, y, given.threads),
        SKLEARN: functools.partial(scikit_learn, job, X, y, given.threads),
    }
    way, missing = "", []
    if job.with_optuna:
        try:
            from benchmarks.searches import optuna_torch

            way, calls[OPTUNA] = optuna_torch.fastest(job, X, y, given)
        except ImportError as error:
            missing.append(left_out(OPTUNA, error))
            given.say(missing[-1])
    sides, failed = measured(calls, given)
    return entry(job, sides, [*missing, *failed], X.shape, way)


def entry(
    job: GridSearch, sides: Mapping[str, Side], missing: Sequence[str], shape: tuple[int, ...], way: str = ""
) -> dict[str, Any]:
    """Return the figures and what was wanted of them."""
    shown = figures(sides)
    for name, side in sides.items():
        shown[name] |= side.outcome.figures()
    if OPTUNA in shown:
        shown[OPTUNA]["way"] = way
    trainings = len(job.settings) * data.FOLDS
    return {
        "name": job.name,
        "title": f"{job.title}: {len(job.settings)} settings × {data.FOLDS} folds × {job.epochs} epochs",
        "work": {"trainings": trainings, "epochs": job.epochs, "shape": list(shape), "parameters": job.parameters},
        "grid": {name: list(values) for name, values in job.grid.items()},
        "sides": shown,
        "missing": list(missing),
        "bars": bars(job, sides),
    }


def bars(job: GridSearch, sides: Mapping[str, Side]) -> list[dict[str, Any]]:
    """Return what is wanted: so many times as fast as each peer, and a best score that is as good or better."""
    found = []
    for peer, least in job.wanted.items():
        found.append(bar(peer, "times", times(sides, peer), least=least))
        if job.as_good:
            found.append(score_bar(sides, peer))
    return found


def score_bar(sides: Mapping[str, Side], peer: str) -> dict[str, Any]:
    """Return whether layerwise's best mean score is the peer's, less one standard error of that, or better."""
    if not {OURS, peer} <= set(sides):
        return bar(peer, "score difference", None, least=0.0)
    best, own = sides[peer].outcome, sides[OURS].outcome
    return bar(peer, "score difference", own.mean - best.mean, least=-best.error)
