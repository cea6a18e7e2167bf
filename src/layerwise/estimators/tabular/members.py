"""The networks of an ensemble, trained side by side: each on one thread, with the bits that it would have alone."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from typing import Any

from layerwise.training import Callback, TrainingResult, TrainingState

__all__ = ["train_members"]

Train = Callable[[int, Sequence[Callback], int | None], TrainingResult]
"""Trains network k with these callbacks on so many threads."""


def train_members(
    train: Train, n: int, callbacks: Sequence[Callback], threads: int | None, at_once: int | None = None
) -> tuple[dict[int, TrainingResult], bool]:
    """Return the results of n networks by their numbers, and whether Ctrl-C ended the training.

    A single network takes all threads; side by side, `at_once` of them at most, they share them. Callbacks are called
    by one network at a time, with ``state.member`` and ``state.members``, and ``on_member_end(k, result)``, where they
    have one, when a network is ready. Ctrl-C ends every run after its epoch; networks that had no epoch yet are left
    out.
    """
    crew = _Crew(callbacks, n)
    if n == 1:
        crew.begin.set()
        results = _there({0: crew.run(train, 0, threads)})
    else:
        given = threads or os.cpu_count() or 1
        side_by_side = min(n, given, at_once or n)
        of_each = 1 if at_once is None else given // side_by_side
        with ThreadPoolExecutor(side_by_side) as pool:
            futures: list[Future[TrainingResult | None]] = []
            try:
                futures.extend(pool.submit(crew.run, train, k, of_each) for k in range(n))
                crew.begin.set()
                _all_of(futures)
            except BaseException as error:
                crew.stopped = True
                crew.begin.set()
                for future in futures:
                    future.cancel()
                if not isinstance(error, KeyboardInterrupt):
                    raise
        results = _there({k: future.result() for k, future in enumerate(futures) if not future.cancelled()})
    interrupted = crew.stopped or any(result.stopped == "interrupted" for result in results.values())
    trained = {k: result for k, result in results.items() if len(result.history)}
    return trained or results, interrupted


def _there(results: dict[int, TrainingResult | None]) -> dict[int, TrainingResult]:
    return {k: result for k, result in results.items() if result is not None}


def _all_of(futures: Sequence[Future[Any]]) -> None:
    left = set(futures)
    while left:  # the main thread wakes up for Ctrl-C, which a wait without an end would not hear everywhere
        done, left = wait(left, timeout=0.1, return_when=FIRST_COMPLETED)
        for future in done:
            future.result()


class _Crew:
    """The callbacks of the user, shared by the runs."""

    def __init__(self, callbacks: Sequence[Callback], n: int) -> None:
        self.callbacks, self.n = callbacks, n
        self.lock = threading.Lock()
        self.begin = threading.Event()  # when all are there: a Ctrl-C among the first would leave threads behind
        self.stopped = False

    def run(self, train: Train, k: int, threads: int | None) -> TrainingResult | None:
        """Train network k, unless all is to stop already."""
        self.begin.wait()
        return None if self.stopped else self.as_it_ended(train(k, [_Member(self, k)], threads))

    def as_it_ended(self, result: TrainingResult) -> TrainingResult:
        """Return a result that says who stopped it: the run itself takes all for a callback."""
        return replace(result, stopped="interrupted") if self.stopped and result.stopped == "callback" else result


class _Member:
    """What one run calls at the end of an epoch."""

    def __init__(self, crew: _Crew, k: int) -> None:
        self.crew, self.k = crew, k

    def on_epoch_end(self, state: TrainingState) -> None:
        crew = self.crew
        with crew.lock:
            state.member, state.members = self.k, crew.n
            for callback in crew.callbacks:
                try:
                    callback.on_epoch_end(state)
                except KeyboardInterrupt:
                    crew.stopped = True
        if crew.stopped:
            state.stop()

    def on_train_end(self, result: TrainingResult) -> None:
        with self.crew.lock:
            for callback in self.crew.callbacks:
                if hasattr(callback, "on_member_end"):
                    callback.on_member_end(self.k, self.crew.as_it_ended(result))
