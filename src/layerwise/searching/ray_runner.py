"""Tasks spread over the nodes of a Ray cluster, with the results that this machine alone would have."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from sklearn import get_config

from layerwise.errors import require
from layerwise.searching.batches import AHEAD, Batches, processors_of_a_call, weight_of
from layerwise.searching.continuing import Survivors
from layerwise.searching.local import tell
from layerwise.searching.remote import Answer, Round, Sent, carry_out
from layerwise.searching.tasks import Task

__all__ = ["RayRunner"]

RETRIES = 2
"""How often Ray itself calls again where a process or a node has died."""
LOSSES = 3
"""How many calls of a batch may be lost even so; a task that kills every process it comes to must end."""
LOST = (
    "LocalRayletDiedError",
    "NodeDiedError",
    "ObjectLostError",
    "OutOfMemoryError",
    "WorkerCrashedError",
)
"""Ray's errors that tell of machines, not of what was computed on them."""
TABLE = ("X", "y")
NOT_SENT = ("estimator", "train", "test", "parameters", "verbose", "split_progress", "candidate_progress")
OF_THIS_PROCESS = ("caller", "callback_ctx")
"""The search itself, and the callbacks that scikit-learn would tell of each fit."""


@dataclass
class RayRunner:
    """Carries out tasks over a Ray cluster: the one that Ray is connected to, else the one it finds, else a local one.

    X and y go into the object store once, and what else all tasks share once a round; a call carries a batch of
    candidates that lasts about two seconds. A call that is lost with its process or its node is made again.

    Attributes
    ----------
    processors : int or None
        Of each call; None takes whole nodes, or what fits all nodes, see `processors_of_a_call`.
    survivors : Survivors or None
        Fits of earlier rounds that later ones go on from, wherever these are carried out.
    epochs : int
        How many were trained so far.
    calls : int
        How many batches were answered so far.
    """

    processors: int | None = None
    survivors: Survivors | None = None
    epochs: int = 0
    calls: int = 0
    _ray: Any = None
    _connected_here: bool = False
    _table: tuple[Any, Any, Any] = (None, None, None)
    _given: dict[Any, Any] = field(default_factory=dict)  # warnings, as the registry of a module

    def __enter__(self) -> Self:
        self._ray = require("ray", extra="ray", purpose='backend="ray"')
        self._connected_here = not self._ray.is_initialized()
        if self._connected_here:
            self._ray.init()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._table = (None, None, None)
        if self._connected_here:
            self._ray.shutdown()

    def run(self, tasks: Sequence[Task]) -> list[Any]:
        """Return the result of every task, as scikit-learn's own function gives it.

        Raises
        ------
        KeyboardInterrupt
            By Ctrl-C; calls that are under way are cancelled.
        Exception
            What scikit-learn raises with ``error_score="raise"``; Ray's error where a batch was lost again and again.
        """
        nodes = [int(node["Resources"].get("CPU", 0)) for node in self._ray.nodes() if node["Alive"]]
        processors = min(self.processors or processors_of_a_call(nodes), max([*nodes, 1]))
        places = max(sum(n // processors for n in nodes), 1)
        batches = Batches([weight_of(task) for task in tasks], places, processors)
        keys = [self.survivors and self.survivors.key_of(task) for task in tasks]
        references, sent = self._put(tasks, keys)
        call = self._ray.remote(num_cpus=processors, max_retries=RETRIES, scheduling_strategy="SPREAD")(carry_out)
        results: list[Any] = [None] * len(tasks)
        under_way: dict[Any, list[int]] = {}
        lost: Counter[int] = Counter()
        try:
            while True:
                while len(under_way) < AHEAD * places and (batch := batches.next()):
                    under_way[call.remote(references, [sent[k] for k in batch], processors)] = batch
                if not under_way:
                    break
                (over,), _ = self._ray.wait(list(under_way), num_returns=1)
                batch = under_way.pop(over)
                answer = self._answer(over, batch, lost)
                if answer is None:
                    batches.lost(batch)
                else:
                    batches.took(batch, answer.seconds)
                    self._take(answer, batch, tasks, results)
                    if self.survivors is not None:
                        self.survivors.finished.update({keys[k]: fitted for k, fitted in answer.fitted.items()})
        except BaseException:
            for reference in under_way:
                self._ray.cancel(reference)
            raise
        if self.survivors is not None:
            self.survivors.next_round()
        return results

    def _put(self, tasks: Sequence[Task], keys: Sequence[Any]) -> tuple[tuple[Any, Any], list[Sent]]:
        """Return the references of what all tasks share, and what each of them is besides."""
        first = tasks[0].arguments
        named = [name for name in first if name not in (*NOT_SENT, *OF_THIS_PROCESS)]
        same = {name for name in named if all(task.arguments[name] is first[name] for task in tasks)}
        if not (self._table[0] is first["X"] and self._table[1] is first["y"]):
            table = {name: first[name] for name in TABLE if name in same}
            self._table = first["X"], first["y"], self._ray.put(table)
        splits: dict[tuple[int, int], tuple[int, Any]] = {}
        sent = []
        for number, task in enumerate(tasks):
            train, test = task.arguments["train"], task.arguments["test"]
            split, _ = splits.setdefault((id(train), id(test)), (len(splits), (train, test)))
            own = {name: task.arguments[name] for name in named if name not in same}
            earlier = None if self.survivors is None else self.survivors.before.get(keys[number])
            sent.append(Sent(number, task.estimator, split, own, earlier))
        silent = {"parameters": None, "verbose": 0}  # the estimator has its parameters; this process tells
        common = {name: first[name] for name in same if name not in TABLE} | silent
        kept = [pair for _, pair in splits.values()]
        shared = Round(common, kept, get_config(), list(warnings.filters), self.survivors is not None)
        return (self._table[2], self._ray.put(shared)), sent

    def _answer(self, reference: Any, batch: list[int], lost: Counter[int]) -> Answer | None:
        """Return the answer of a call that is over; None where it was lost, and is to be made again."""
        errors = self._ray.exceptions
        died = tuple(getattr(errors, name) for name in LOST if hasattr(errors, name))
        try:
            answer: Answer = self._ray.get(reference)
        except died as error:
            lost.update(batch)
            if lost[batch[0]] < LOSSES:
                return None
            error.add_note(f"The search has sent this batch of {len(batch)} candidates {LOSSES} times.")
            raise
        except errors.RayTaskError as error:
            raise getattr(error, "cause", None) or error from None
        return answer

    def _take(self, answer: Answer, batch: list[int], tasks: Sequence[Task], results: list[Any]) -> None:
        self.calls += 1
        self.epochs += answer.epochs
        for k, result in zip(batch, answer.results, strict=True):
            if isinstance(result, dict) and "parameters" in result:
                result["parameters"] = tasks[k].arguments["parameters"]
            tell(tasks[k], result)
            results[k] = result
        for message, category, file, line in answer.warned:
            warnings.warn_explicit(message, category, file, line, registry=self._given)
