"""A fit as a generator of runs: carried out alone, or many fits side by side over one crew, with the same bits."""

from __future__ import annotations

import warnings
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Generic, NamedTuple, Self, TypeAlias, TypeVar

from layerwise.engines import Crew, Engine, Job, Outcome, engine_named

__all__ = ["Fits", "Fitted", "Fitting", "Said", "alone"]

Result = TypeVar("Result")
Fitting: TypeAlias = Generator[Sequence[Job], Sequence[Any], Result]
"""Yields runs that do not depend on each other, is sent their outcomes, and returns what the fit has come to."""


@dataclass
class Said:
    """What a fit leaves to be told once all is kept: its warnings, and how many epochs its runs had together."""

    warnings: list[tuple[str, type[Warning]]] = field(default_factory=list)
    epochs: int = 0

    def add(self, message: str, category: type[Warning]) -> None:
        """Put one behind the others."""
        self.warnings.append((message, category))

    def warn(self, stacklevel: int = 4) -> None:
        """Give them; by default at the line that called a fit which calls a function that calls this one."""
        for message, category in self.warnings:
            warnings.warn(message, category, stacklevel=stacklevel)


AHEAD = 16
"""Runs that are prepared for each thread: enough to take the longest first, few enough for memory."""


def alone(fitting: Fitting[Result], engine: str = "auto", side_by_side: int = 1) -> Result:
    """Carry out a fit.

    Parameters
    ----------
    fitting : Fitting
    engine : str
    side_by_side : int
        How many runs go on at a time, each on one thread; 1 gives each as many threads as its plan says. Ctrl-C ends
        those that are under way; what had not begun has None for its outcome.
    """
    runner = engine_named(engine)
    try:
        jobs = next(fitting)
        while True:
            try:
                outcomes = _carried_out(runner, jobs, side_by_side)
            except BaseException as error:
                jobs = fitting.throw(error)
            else:
                jobs = fitting.send(outcomes)
    except StopIteration as end:
        result: Result = end.value
        return result


def _carried_out(engine: Engine, jobs: Sequence[Job], side_by_side: int) -> list[Outcome | None]:
    def note(k: int, outcome: Outcome) -> None:
        if (ended := jobs[k].ended) is not None:
            ended(outcome)

    if side_by_side > 1 and len(jobs) > 1:
        parts = [job.plan for job in jobs], [job.data for job in jobs], [job.report for job in jobs]
        return engine.train_many(*parts, threads=side_by_side, finished=note)
    outcomes: list[Outcome | None] = [None] * len(jobs)
    for k, job in enumerate(jobs):
        outcome = outcomes[k] = engine.run(job.plan, job.data, job.report)
        note(k, outcome)
        if outcome.stopped == "interrupted":
            break
    return outcomes


class Fitted(NamedTuple):
    """A fit that is over: who it was, what it has come to or what it raised, and the seconds of its runs together."""

    key: Any
    result: Any
    error: BaseException | None
    seconds: float


@dataclass
class _Under:
    """A fit that is under way."""

    key: Any
    fitting: Fitting[Any]
    outcomes: list[Outcome | None] = field(default_factory=list)
    jobs: Sequence[Job] = ()
    left: int = 0
    seconds: float = 0.0
    error: BaseException | None = None


class Fits(Generic[Result]):
    """Fits side by side, each run on one thread. To be used with ``with``, which ends those that are under way.

    Parameters
    ----------
    threads : int, optional
        None takes as many as there are processors.
    """

    def __init__(self, threads: int | None = None) -> None:
        self.crew: Crew = engine_named("auto").crew(threads)
        self.ahead = AHEAD * self.crew.threads
        self.waiting: deque[tuple[Any, Fitting[Result]]] = deque()
        self.under_way: dict[int, tuple[_Under, int]] = {}  # the number of a run to its fit, and its place there
        self.over: deque[Fitted] = deque()
        self.stopped = False

    def add(self, key: Any, fitting: Fitting[Result]) -> None:
        """Put a fit among those that wait; `key` tells it when it is over."""
        self.waiting.append((key, fitting))
        self._prepare()

    def ended(self, waits: bool = True) -> Fitted | None:
        """Return a fit that is over, in the order in which they end; None where there is none, see `Crew.ended`.

        Raises
        ------
        KeyboardInterrupt
            By Ctrl-C; the fits go on until `stop`.
        """
        while True:
            self._prepare()
            if self.over:
                return self.over.popleft()
            ended = self.crew.ended(waits)
            if ended is None:
                if waits and self.waiting and not self.stopped:
                    continue
                return None
            fit, place = self.under_way.pop(ended.number)
            fit.outcomes[place], fit.error = ended.outcome, fit.error or ended.error
            fit.seconds += ended.seconds
            if ended.outcome is not None and (tell := fit.jobs[place].ended) is not None:
                try:
                    tell(ended.outcome)
                except Exception as error:  # of this fit alone
                    fit.error = fit.error or error
            fit.left -= 1
            if fit.left == 0:
                self._advance(fit)

    def __iter__(self) -> Iterator[Fitted]:
        """Yield the fits as they end, until none is left."""
        while (fitted := self.ended()) is not None:
            yield fitted

    def stop(self) -> None:
        """End the fits that are under way, "interrupted"; leave out those that had not begun."""
        self.stopped = True
        self.waiting.clear()
        for number in self.crew.stop():
            fit, _ = self.under_way.pop(number)
            fit.left -= 1
            fit.error = fit.error or KeyboardInterrupt()
            if fit.left == 0:
                self._advance(fit)

    def __enter__(self) -> Self:
        self.crew.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.crew.__exit__(kind, error, trace)
        for fit in {id(fit): fit for fit, _ in self.under_way.values()}.values():
            fit.fitting.close()

    def _prepare(self) -> None:
        # several at a time, which is quicker than one here and there: between them the runs take the caches
        if len(self.under_way) > self.ahead // 2:
            return
        while self.waiting and len(self.under_way) < self.ahead and not self.stopped:
            self._advance(_Under(*self.waiting.popleft()))

    def _advance(self, fit: _Under) -> None:
        # to its next runs, or to its end
        try:
            if not fit.outcomes:
                jobs = next(fit.fitting)
            elif fit.error is not None:
                jobs = fit.fitting.throw(fit.error)
            else:
                jobs = fit.fitting.send(fit.outcomes)
            if self.stopped:  # no run begins any more
                fit.error = KeyboardInterrupt()
                jobs = fit.fitting.throw(fit.error)
            fit.jobs, fit.outcomes, fit.left, fit.error = jobs, [None] * len(jobs), len(jobs), None
            for place, job in enumerate(jobs):
                self.under_way[self.crew.add(job)] = fit, place
        except StopIteration as end:
            self.over.append(Fitted(fit.key, end.value, None, fit.seconds))
        except KeyboardInterrupt as error:
            if fit.error is not error:
                raise
            self.over.append(Fitted(fit.key, None, error, fit.seconds))
        except Exception as error:  # of this fit alone
            self.over.append(Fitted(fit.key, None, error, fit.seconds))
