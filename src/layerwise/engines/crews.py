"""Many runs at once: each on one thread, with the bits that it would have alone, the longest that waits first."""

from __future__ import annotations

import itertools
import os
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from types import TracebackType
from typing import NamedTuple, Protocol, Self

from layerwise.checks import Integers
from layerwise.engines.contract import Directive, Engine, EpochReport, Outcome, Report, TrainingPlan
from layerwise.engines.examples import TrainingData
from layerwise.errors import ParameterError

__all__ = ["Crew", "Ended", "Job", "ThreadCrew", "TrainsMany", "default_threads", "threads_of_crew"]

THREADS = Integers(1, 1024)
AT_ONCE = 64
"""Runs that `train_many` adds together."""


class Job(NamedTuple):
    """A run to be carried out.

    Attributes
    ----------
    plan : TrainingPlan
    data : TrainingData
    report : Report or None
        Called on the thread of the run.
    ended : callable or None
        Called with the outcome by whoever waits for the run, as soon as it is over.
    """

    plan: TrainingPlan
    data: TrainingData
    report: Report | None = None
    ended: Callable[[Outcome], None] | None = None

    @property
    def weight(self) -> float:
        """How long it takes, in multiply-adds."""
        plan, done = self.plan, self.plan.resume.epochs if self.plan.resume else 0
        looked_at = self.data.validation.m / 3 if self.data.validation else 0.0
        return max(plan.epochs - done, 0) * (self.data.training.m + looked_at) * plan.network.n_parameters


class Ended(NamedTuple):
    """A run of a crew that is over.

    Attributes
    ----------
    number : int
        What `Crew.add` gave.
    outcome : Outcome or None
        None where the run raised.
    seconds : float
        On its thread.
    error : BaseException or None
        What it raised: a mistake in the plan, or in what it reports to.
    """

    number: int
    outcome: Outcome | None
    seconds: float
    error: BaseException | None


class Crew(Protocol):
    """Threads that carry out jobs side by side. To be used with ``with``, which ends those that still run."""

    @property
    def threads(self) -> int:
        """How many there are."""
        ...

    def add(self, job: Job) -> int:
        """Put a job among those that wait, and return its number: 0, 1, 2, ...

        Raises
        ------
        LayerwiseError
            If the plan does not fit the engine.
        ValueError
            After `stop`.
        """
        ...

    def add_all(self, jobs: Sequence[Job]) -> list[int]:
        """Put several among those that wait, as `add` does.

        All are prepared before the first can begin: threads that wait for each other's next job or end change places
        for every run, and each finds the caches taken.
        """
        ...

    def ended(self, waits: bool = True) -> Ended | None:
        """Return a run that is over and was not returned yet, in the order in which they end.

        None where there is none: without `waits` as yet, else at all.

        Raises
        ------
        KeyboardInterrupt
            By Ctrl-C; the runs go on until `stop`.
        """
        ...

    def stop(self) -> list[int]:
        """End the runs that are under way, "interrupted", and return the numbers of those that will not begin."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def default_threads() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def threads_of_crew(threads: int | None) -> int:
    """Return how many threads a crew has that was asked for so many.

    Raises
    ------
    ParameterError
        If that is no such number.
    """
    return default_threads() if threads is None else THREADS.check("train_many", "threads", threads)


class TrainsMany:
    """`Engine.train_many` for every engine with a crew."""

    def crew(self, threads: int | None = None) -> Crew:
        """See `layerwise.engines.Engine`."""
        raise NotImplementedError

    def train_many(
        self,
        plans: Sequence[TrainingPlan],
        data: TrainingData | Sequence[TrainingData],
        reports: Sequence[Report | None] | None = None,
        *,
        threads: int | None = None,
        finished: Callable[[int, Outcome], None] | None = None,
    ) -> list[Outcome | None]:
        """See `layerwise.engines.Engine`."""
        jobs = _jobs(plans, data, reports)
        order = sorted(range(len(jobs)), key=lambda k: -jobs[k].weight)
        outcomes: list[Outcome | None] = [None] * len(jobs)

        def note(ended: Ended | None) -> bool:
            if ended is None:
                return False
            if ended.error is not None:
                raise ended.error
            k = order[ended.number]
            outcomes[k] = ended.outcome
            if finished is not None and ended.outcome is not None:
                finished(k, ended.outcome)
            return True

        with self.crew(threads) as crew:
            try:
                for first in range(0, len(order), AT_ONCE):
                    crew.add_all([jobs[k] for k in order[first : first + AT_ONCE]])
                    while note(crew.ended(waits=False)):
                        pass
                while note(crew.ended()):
                    pass
            except KeyboardInterrupt:
                crew.stop()
                while note(crew.ended()):
                    pass
        return outcomes


def _jobs(
    plans: Sequence[TrainingPlan],
    data: TrainingData | Sequence[TrainingData],
    reports: Sequence[Report | None] | None,
) -> list[Job]:
    every = [data] * len(plans) if isinstance(data, TrainingData) else list(data)
    listeners = [None] * len(plans) if reports is None else list(reports)
    for name, given in (("data", every), ("reports", listeners)):
        if len(given) != len(plans):
            raise ParameterError(
                f"The {name!r} parameter of train_many must have one entry for each plan. "
                f"Got {len(given)} for {len(plans)}."
            )
    return [Job(*each) for each in zip(plans, every, listeners, strict=True)]


class ThreadCrew:
    """A crew of Python threads, for runs that no other crew carries out.

    A Ctrl-C may come between any two lines: how many runs are left is what the queues hold, and nothing counted beside.

    Parameters
    ----------
    engine : Engine
    threads : int, optional
    of_each : int, optional
        Threads of each run; None leaves the number to its plan.
    numbers : iterator of int, optional
        Where the numbers of the jobs come from, if a crew beside this one has some of them.
    """

    def __init__(
        self,
        engine: Engine,
        threads: int | None = None,
        of_each: int | None = None,
        numbers: Iterator[int] | None = None,
    ) -> None:
        self.engine, self.of_each = engine, of_each
        self.threads = threads_of_crew(threads)
        self.waiting: queue.PriorityQueue[tuple[float, int, Job | None]] = queue.PriorityQueue()
        self.over: queue.SimpleQueue[Ended] = queue.SimpleQueue()
        self.numbers = itertools.count() if numbers is None else numbers
        self.stopped = False
        self.crew = [threading.Thread(target=self._work, daemon=True) for _ in range(self.threads)]
        for thread in self.crew:
            thread.start()

    def add(self, job: Job) -> int:
        """See `Crew`."""
        if self.stopped:
            raise ValueError("the crew was stopped")
        number = next(self.numbers)
        self.waiting.put((-job.weight, number, job))
        return number

    def add_all(self, jobs: Sequence[Job]) -> list[int]:
        """See `Crew`."""
        return [self.add(job) for job in jobs]

    def ended(self, waits: bool = True) -> Ended | None:
        """See `Crew`."""
        while True:
            is_left = self.is_left  # before the look, as a run may end after it
            try:
                return self.over.get(timeout=0.02 if waits and is_left else 0.0)  # which lets Ctrl-C through
            except queue.Empty:
                if not (waits and is_left):
                    return None

    @property
    def is_left(self) -> bool:
        """Whether there are runs that were added and not returned."""
        return self.waiting.unfinished_tasks > 0 or not self.over.empty()

    def stop(self) -> list[int]:
        """See `Crew`."""
        self.stopped = True
        unbegun = []
        while True:
            try:
                _, number, job = self.waiting.get_nowait()
            except queue.Empty:
                break
            self.waiting.task_done()
            if job is not None:
                unbegun.append(number)
        return unbegun

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        for _ in self.crew:
            self.waiting.put((0.0, next(self.numbers), None))
        for thread in self.crew:
            thread.join()

    def _work(self) -> None:
        while True:
            _, number, job = self.waiting.get()
            if job is None:
                self.waiting.task_done()
                return
            plan, data, report = job.plan, job.data, job.report
            began = time.perf_counter()
            outcome, raised = None, None
            try:
                alone = plan if self.of_each is None else replace(plan, threads=self.of_each)
                outcome = self.engine.run(alone, data, self._reporter(report))
            except BaseException as error:  # the thread goes on with the next job
                raised = error
            self.over.put(Ended(number, outcome, time.perf_counter() - began, raised))
            self.waiting.task_done()

    def _reporter(self, report: Report | None) -> Report:
        def tell(told: EpochReport) -> Directive:
            answer = Directive() if report is None else report(told)
            if self.stopped:
                raise KeyboardInterrupt  # which ends a run in order
            return answer

        return tell
