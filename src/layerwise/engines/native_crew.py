"""The threads of the C++ core: runs side by side without the GIL."""

from __future__ import annotations

import itertools
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from layerwise.engines import _native
from layerwise.engines.contract import Engine
from layerwise.engines.crews import Ended, Job, ThreadCrew
from layerwise.engines.native_engine import LastPlan, NativeRun, native_run, runs_in_core
from layerwise.engines.native_minimizer import Minimization

__all__ = ["NativeCrew"]


class NativeCrew:
    """A `layerwise.engines.Crew` of C++ threads; what the core cannot carry out by itself goes to Python threads.

    Parameters
    ----------
    engine : Engine
        Who carries out the latter.
    threads : int
    """

    def __init__(self, engine: Engine, threads: int) -> None:
        self.engine, self.threads = engine, threads
        self.crew = _native.Crew(threads)
        self.plan = LastPlan(threads=1)
        self.numbers = itertools.count()
        self.runs: dict[int, NativeRun | Minimization] = {}
        self.others: ThreadCrew | None = None

    def add(self, job: Job) -> int:
        """See `Crew`."""
        return self.add_all((job,))[0]

    def add_all(self, jobs: Sequence[Job]) -> list[int]:
        """See `Crew`."""
        numbers, ready = [], []
        for job in jobs:
            if not runs_in_core(job.plan, job.data):
                self.others = self.others or ThreadCrew(self.engine, self.threads, 1, self.numbers)
                numbers.append(self.others.add(job))
                continue
            number = next(self.numbers)
            run = native_run(job.plan, job.data, self.plan.of(job.plan))
            numbers.append(number)
            ready.append((number, job, run, run.hooks(job.report)))
        for number, job, run, hooks in ready:
            self.runs[number] = run
            self.crew.add(number, job.weight, run.task, **hooks)
        return numbers

    def ended(self, waits: bool = True) -> Ended | None:
        """See `Crew`."""
        others = self.others
        if others is None or not others.is_left:
            return self._native_one(waits)
        while self.crew.left or others.is_left:
            ended = self._native_one(waits=False) or others.ended(waits and not self.crew.left)
            if ended is not None or not waits:
                return ended
            if self.crew.left:
                time.sleep(0.001)
        return None

    def stop(self) -> list[int]:
        """See `Crew`."""
        unbegun = self.crew.stop()
        for number in unbegun:
            del self.runs[number]
        if self.others is not None:
            unbegun += self.others.stop()
        return unbegun

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.crew.leave()
        if self.others is not None:
            self.others.__exit__(kind, error, trace)

    def _native_one(self, waits: bool) -> Ended | None:
        ended = self.crew.ended(waits)
        if ended is None:
            return None
        number, stopped, seconds, error = ended
        run = self.runs.pop(number)
        return Ended(number, None if error is not None else run.outcome(stopped), seconds, error)
