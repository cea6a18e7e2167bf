"""What a node of a cluster is sent, what it does, and what it answers."""

from __future__ import annotations

import functools
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sklearn import config_context

from layerwise.errors import require
from layerwise.searching.continuing import Survivors
from layerwise.searching.local import LocalRunner
from layerwise.searching.tasks import FIT_AND_SCORE, Task

__all__ = ["Answer", "Round", "Sent", "carry_out"]


@dataclass(frozen=True)
class Round:
    """What all tasks of a round share, besides the table: put into the object store once.

    Attributes
    ----------
    arguments : dict
        Those that are the same for all.
    splits : list of (train, test)
    config, filters
        scikit-learn's configuration and Python's filters of warnings, where the search was called.
    continues : bool
        Whether later rounds may go on from the fits of this one.
    """

    arguments: dict[str, Any]
    splits: list[tuple[Any, Any]]
    config: dict[str, Any]
    filters: list[Any]
    continues: bool


@dataclass(frozen=True)
class Sent:
    """One task: its number in the round, its own arguments, and the fit that it goes on from, if there is one."""

    number: int
    estimator: Any
    split: int
    own: dict[str, Any]
    earlier: Any = None


@dataclass(frozen=True)
class Answer:
    """What a batch has come to.

    Attributes
    ----------
    results : list
        Of each task.
    epochs : int
    seconds : float
    warned : list of (message, category, file, line)
    fitted : dict
        The fits that a later round may go on from, by the number of the task.
    """

    results: list[Any]
    epochs: int
    seconds: float
    warned: list[tuple[Any, type[Warning], str, int]]
    fitted: dict[Any, Any]


def carry_out(references: tuple[Any, Any], sent: Sequence[Sent], threads: int) -> Answer:
    """Fit and score a batch of candidates, with as many threads as the call was given processors.

    Parameters
    ----------
    references : (table, round)
        In the object store. They come in a tuple, so that Ray does not fetch what the process has already.
    sent : sequence of Sent
    threads : int
    """
    table, tables = _table(references[0])
    shared: Round = _round(references[1])
    tasks = [_task(each, table, shared) for each in sent]
    survivors = None
    if shared.continues:
        survivors = Survivors(before={each.number: each.earlier for each in sent if each.earlier is not None})
    runner = LocalRunner(threads, survivors, tables=tables)
    began = time.perf_counter()
    with config_context(**shared.config), warnings.catch_warnings(record=True) as said:
        filters: Any = warnings.filters
        filters[:] = shared.filters
        results = runner.run(tasks)
    seconds = time.perf_counter() - began
    warned = [(each.message, each.category, each.filename, each.lineno) for each in said or ()]
    return Answer(results, runner.epochs, seconds, warned, survivors.before if survivors else {})


# A process keeps what it has fetched for the batches that follow, until those of another search come.


@functools.lru_cache(maxsize=1)
def _table(reference: Any) -> tuple[dict[str, Any], dict[Any, Any]]:
    return _fetched(reference), {}


@functools.lru_cache(maxsize=1)
def _round(reference: Any) -> Round:
    shared: Round = _fetched(reference)
    return shared


def _fetched(reference: Any) -> Any:
    return require("ray", extra="ray", purpose='backend="ray"').get(reference)


def _task(sent: Sent, table: dict[str, Any], shared: Round) -> Task:
    train, test = shared.splits[sent.split]
    arguments = {**shared.arguments, **table, **sent.own, "estimator": sent.estimator, "train": train, "test": test}
    assert FIT_AND_SCORE is not None  # noqa: S101 - no task would be without it: for the type checker
    again = functools.partial(FIT_AND_SCORE, **arguments)
    return Task(again, FIT_AND_SCORE, arguments, sent.estimator, sent.number if shared.continues else None)
