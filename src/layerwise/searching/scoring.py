"""What scikit-learn gives for a fit that is over, its scores on the test rows, without its looks at all arguments."""

from __future__ import annotations

import numbers
import time
import warnings
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sklearn import get_config
from sklearn.model_selection import _validation
from sklearn.utils import _safe_indexing, metaestimators
from sklearn.utils.validation import _num_samples

from layerwise.estimators.fits import Said
from layerwise.searching.tasks import NEEDED, Task

__all__ = ["Scores"]

SCORE: Any = getattr(_validation, "_score", None)
SPLIT: Any = getattr(metaestimators, "_safe_split", None)
"""Private to scikit-learn: where another version has none like them, its `_fit_and_score` does all."""
RETURNED = ("return_train_score", "return_parameters", "return_n_test_samples", "return_times", "return_estimator")
UNDERSTOOD = {
    *(*NEEDED, *RETURNED, "scorer", "score_params", "error_score"),
    *("split_progress", "candidate_progress", "caller", "callback_ctx"),
}
KNOWN = {"fit_error", "test_scores", "n_test_samples", "fit_time", "score_time", "parameters", "estimator"}
"""What a result may have, of one split."""


@dataclass
class Scores:
    """The results of fits that are over, in the form that scikit-learn itself gives to the first of them.

    Attributes
    ----------
    forms : dict
        From what a task asks to be returned to the names in its result.
    """

    forms: dict[tuple[Any, ...], list[str]] = field(default_factory=dict)

    def learn(self, task: Task, result: Any) -> None:
        """Note the form of a result of scikit-learn's own."""
        if isinstance(result, dict) and result.get("fit_error") is None and result.keys() <= KNOWN:
            self.forms[_asked(task)] = list(result)

    def of(self, task: Task, estimator: Any, said: Said) -> dict[str, Any] | None:
        """Return the result of a fitted estimator, after its warnings; None where scikit-learn's function has to.

        Raises
        ------
        Exception
            What the scorer raises, with ``error_score="raise"``.
        """
        form = self.forms.get(_asked(task))
        if form is None or not _is_plain(task):
            return None
        with warnings.catch_warnings():  # every fit has its own, as there
            said.warn()
            began = time.time()
            X, y = _test_rows(task, estimator)
            scores = SCORE(estimator, X, y, task.arguments["scorer"], {}, task.arguments["error_score"])
            seconds = time.time() - began
        told = {
            "fit_error": None,
            "test_scores": scores,
            "n_test_samples": _num_samples(X),
            "fit_time": 0.0,
            "score_time": seconds,
            "parameters": None,
            "estimator": estimator,
        }
        return {name: told[name] for name in form}


def _asked(task: Task) -> tuple[Any, ...]:
    return tuple(map(task.arguments.get, RETURNED))


def _is_plain(task: Task) -> bool:
    """Return whether nothing is asked for but the scores of the test rows, nobody listens, and all here is as there."""
    given, function = task.arguments, task.function
    heard = given.get("callback_ctx") is not None and getattr(given["callback_ctx"], "_callbacks", True)
    return (
        None not in (SCORE, SPLIT)
        and given.keys() <= UNDERSTOOD
        and not (given.get("return_train_score") or given.get("score_params") or heard)
        and (isinstance(given["error_score"], numbers.Number) or given["error_score"] == "raise")
        and getattr(function, "warning_filters", None) is warnings.filters
        and getattr(function, "config", None) == get_config()
    )


def _test_rows(task: Task, estimator: Any) -> tuple[Any, Any]:
    X, y, test = (task.arguments[name] for name in ("X", "y", "test"))
    if task.final is not task.estimator:  # a pipeline, of which each row of X may be that of a kernel
        rows: tuple[Any, Any] = SPLIT(estimator, X, y, test, task.arguments["train"])
        return rows
    plain = type(test) is np.ndarray and test.dtype.kind in "biu"
    return tuple(
        table[test] if plain and type(table) is np.ndarray else _safe_indexing(table, test) for table in (X, y)
    )
