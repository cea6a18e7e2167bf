"""Cross-validation of one table: every model on the same folds, one fit at a time, in turn."""

from __future__ import annotations

import gc
import time
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from sklearn.metrics import log_loss, roc_auc_score, root_mean_squared_error
from sklearn.model_selection import KFold, StratifiedKFold

from benchmarks.measuring import PAUSE, seconds
from benchmarks.tables.data import TableSet
from benchmarks.tables.made import Rows
from benchmarks.tables.models import Model, Task, texts_of


def folds(y: np.ndarray, regression: bool, n: int, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the rows for training and for the test of each fold, shuffled; classes keep their shares."""
    kind = KFold if regression else StratifiedKFold
    return list(kind(n, shuffle=True, random_state=seed).split(np.zeros(len(y)), y))


def scores(table: TableSet, y: np.ndarray, predicted: np.ndarray) -> dict[str, float]:
    """Return what is scored on the test rows: RMSE of numbers, log loss of probabilities, AUC of two classes."""
    if table.regression:
        return {"RMSE": float(root_mean_squared_error(y, predicted))}
    P = predicted.astype(np.float64)
    P /= P.sum(axis=1, keepdims=True)  # float32 rows sum to one within 1e-7 only
    found = {"log loss": float(log_loss(y, P, labels=np.arange(P.shape[1])))}
    return {**found, "AUC": float(roc_auc_score(y, P[:, 1]))} if P.shape[1] == 2 else found


def fit_and_score(table: TableSet, model: Any, train: Rows, test: Rows) -> dict[str, float]:
    """Return the scores of one fit, and the seconds of the wall clock for it and for the prediction."""
    gc.collect()
    time.sleep(PAUSE)
    fit, _ = seconds(lambda: model.fit(*train))
    predict, predicted = seconds(lambda: (model.predict if table.regression else model.predict_proba)(test[0]))
    return {**scores(table, test[1], np.asarray(predicted)), "fit": fit, "predict": predict}


def measure(
    table: TableSet,
    models: Sequence[Model],
    n_folds: int,
    seeds: Sequence[int],
    threads: int,
    say: Callable[[str], None] = print,
) -> dict[str, Any]:
    """Return every model's scores and seconds of all folds and seeds, as plain JSON values."""
    found: dict[str, dict[str, Any]] = {model.name: {} for model in models}
    for seed in seeds:
        X, y = table.load(seed)
        task = Task(table.regression, texts_of(X), seed, threads)
        for train, test in folds(y, table.regression, n_folds, seed):
            rows = (X.iloc[train], y[train]), (X.iloc[test], y[test])
            for model in models:
                if "failed" not in found[model.name]:
                    _add(found[model.name], table, model, task, rows, say)
    sizes = {"rows": len(X), "columns": X.shape[1], "texts": len(task.texts)}
    task_name = "regression" if table.regression else "classification"
    about = {"name": table.name, **sizes, "task": task_name, "metric": table.metric, "wanted": dict(table.wanted)}
    return {**about, "models": found}


def _add(
    found: dict[str, Any],
    table: TableSet,
    model: Model,
    task: Task,
    rows: tuple[Rows, Rows],
    say: Callable[[str], None],
) -> None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            measured = fit_and_score(table, model.build(task), *rows)
    except Exception as error:  # of any library, which is then last on this table and said to be
        found.clear()
        found["failed"] = f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}"
        say(f"{model.name} failed on {table.name}: {found['failed']}")
        return
    for what, value in measured.items():
        found.setdefault(what, []).append(value)
