"""Many fits and their scores on this machine: one copy of the table, one thread a run, one call of the core a run."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import joblib
import numpy as np
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from sklearn.utils import _safe_indexing

from layerwise.estimators.fits import Fits, Fitting, Said
from layerwise.estimators.shared import SharedTable
from layerwise.searching.continuing import Survivors
from layerwise.searching.scoring import Scores
from layerwise.searching.tasks import Task

__all__ = ["LocalRunner", "tell"]


@dataclass
class _Prepared:
    """An estimator whose fit is under way, and the pipeline in front of it, fitted."""

    final: Any
    whole: Any
    fitting: Fitting[Any]
    seconds: float = 0.0


@dataclass
class LocalRunner:
    """Carries out tasks over the threads of this machine.

    Attributes
    ----------
    threads : int or None
        None takes as many as there are processors.
    survivors : Survivors or None
        Fits of earlier rounds that later ones go on from.
    epochs : int
        How many were trained so far.
    tables : dict
        What was made of X and y, once for all tasks.
    """

    threads: int | None = None
    survivors: Survivors | None = None
    epochs: int = 0
    tables: dict[Hashable, tuple[Any, ...]] = field(default_factory=dict)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.tables.clear()

    def run(self, tasks: Sequence[Task]) -> list[Any]:
        """Return the result of every task, as scikit-learn's own function gives it.

        Raises
        ------
        KeyboardInterrupt
            By Ctrl-C; runs that are under way are ended.
        Exception
            What scikit-learn raises with ``error_score="raise"``.
        """
        results: list[Any] = [None] * len(tasks)
        under_way: dict[int, _Prepared] = {}
        scores = Scores()
        with Fits[Any](self.threads) as fits:
            for k, task in enumerate(tasks):
                try:
                    prepared = under_way[k] = self._prepared(task)
                except Exception:  # which scikit-learn meets again, and treats as `error_score` says
                    results[k] = task.call()
                    continue
                fits.add(k, prepared.fitting)
                while (over := fits.ended(waits=False)) is not None:
                    results[over.key] = self._scored(tasks[over.key], under_way.pop(over.key), over, scores)
            for over in fits:
                results[over.key] = self._scored(tasks[over.key], under_way.pop(over.key), over, scores)
        if self.survivors is not None:
            self.survivors.next_round()
        return results

    def _prepared(self, task: Task) -> _Prepared:
        began = time.perf_counter()
        X, y, train, estimator = task.arguments["X"], task.arguments["y"], task.train, task.estimator
        w = task.sample_weight
        w = None if w is None else _safe_indexing(w, train)
        key = self.survivors and self.survivors.key_of(task)
        final = task.final
        if final is not estimator and len(estimator.steps) > 1:
            steps, table = self._transformed(estimator, X, y, train)
            estimator.steps = [*steps, estimator.steps[-1]]
            rows = table.rows(np.arange(len(train)))
        else:
            rows = self._table(X, y).rows(train)
        continued = self.survivors and self.survivors.continued(final, rows, key)
        fitting = continued.fitting(w) if continued else final._fitting(None, None, w, rows=rows)
        return _Prepared(final, estimator, fitting, time.perf_counter() - began)

    def _table(self, X: Any, y: Any) -> SharedTable:
        key = id(X), id(y)
        if key not in self.tables:
            self.tables[key] = (SharedTable(X, y), X, y)  # which live as long as their numbers are taken
        table: SharedTable = self.tables[key][0]
        return table

    def _transformed(self, pipeline: Pipeline, X: Any, y: Any, train: Any) -> tuple[list[Any], SharedTable]:
        """Return the fitted steps before the last one, and what they make of the rows, once for all candidates."""
        before = clone(pipeline[:-1])
        key = id(X), id(y), train.tobytes(), joblib.hash(before)
        if key not in self.tables:
            rows, targets = _safe_indexing(X, train), _safe_indexing(y, train)
            self.tables[key] = (SharedTable(before.fit_transform(rows, targets), targets), before.steps, X, y)
        table, steps, *_ = self.tables[key]
        return list(steps), table

    def _scored(self, task: Task, prepared: _Prepared, over: Any, scores: Scores) -> Any:
        if isinstance(over.error, KeyboardInterrupt):
            raise over.error
        if over.error is not None:
            return task.call()
        final, whole = prepared.final, prepared.whole
        self.epochs += over.result.epochs
        if self.survivors is not None:
            self.survivors.keep(final)
        result = scores.of(task, whole, over.result)
        if result is None:
            result = _scored_there(task, whole, over.result)
            scores.learn(task, result)
        if self.survivors is None:  # nobody asks again what was learnt, which a thousand candidates would hold
            final.__dict__ = dict(final.get_params(deep=False))
        if isinstance(result, dict):
            if "fit_time" in result:
                result["fit_time"] += over.seconds + prepared.seconds
            if "parameters" in result:
                result["parameters"] = task.arguments["parameters"]
        tell(task, result)
        return result


def _scored_there(task: Task, estimator: Any, said: Said) -> Any:
    # by scikit-learn's own function, which finds the fit done
    with _fitted_already(estimator, said.warn):
        arguments = {**task.arguments, "estimator": estimator, "parameters": None, "verbose": 0}
        if not arguments.get("return_train_score"):
            arguments["train"] = task.train[:1]  # which nobody looks at
            arguments["fit_params"] = None
        return task.function(**arguments)


class _fitted_already:  # noqa: N801 - a context manager
    """While it lasts, `fit` of an estimator gives the warnings of a fit that is done, and nothing else."""

    def __init__(self, estimator: Any, warn: Callable[[], None]) -> None:
        self.estimator, self.warn = estimator, warn

    def __enter__(self) -> None:
        def fit(*_: Any, **__: Any) -> Any:
            self.warn()
            return self.estimator

        self.estimator.fit = fit

    def __exit__(self, *_: object) -> None:
        self.estimator.__dict__.pop("fit", None)


def tell(task: Task, result: Any) -> None:
    """Print scikit-learn's lines for verbose > 1, with the time that the fit took."""
    if task.arguments["verbose"] <= 1 or not isinstance(result, dict):
        return
    told = ", ".join(f"{name}={value}" for name, value in sorted((task.arguments["parameters"] or {}).items()))
    seconds = result.get("fit_time", 0.0) + result.get("score_time", 0.0)
    scores = result["test_scores"]
    named = scores if isinstance(scores, dict) else {"score": scores}
    listed = ", ".join(f"{name}={value:.3f}" for name, value in sorted(named.items()))
    print(f"[CV] END {told}; {listed} total time={seconds:6.3f}s")
