"""The networks of an ensemble, trained side by side: each on one thread, with the bits that it would have alone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeAlias

from layerwise.engines import Outcome
from layerwise.estimators.fits import Fitting
from layerwise.training import Callback, TrainingResult, TrainingState
from layerwise.training.preparing import Prepared

__all__ = ["train_members"]

Prepare: TypeAlias = Callable[[int, Sequence[Callback]], Prepared | TrainingResult]
"""Makes network k's run with these callbacks ready; its result, where an earlier fit has left that."""


def train_members(
    prepare: Prepare, n: int, callbacks: Sequence[Callback]
) -> Fitting[tuple[dict[int, TrainingResult], bool]]:
    """Yield the runs of n networks; return their results by their numbers, and whether Ctrl-C ended the training.

    Callbacks are called by one network at a time, with ``state.member`` and ``state.members``, and
    ``on_member_end(k, result)``, where they have one, when a network is ready. Ctrl-C ends every run; networks that had
    no epoch yet are left out.
    """
    shared = _Callbacks(callbacks, n)
    results: dict[int, TrainingResult] = {}
    runs: dict[int, Prepared] = {}
    for k in range(n):
        found = prepare(k, [_Member(shared, k)])
        if isinstance(found, Prepared):
            runs[k] = found
        else:
            results[k] = found
    interrupted = False
    if runs:

        def note(k: int, run: Prepared) -> Callable[[Outcome], None]:
            def ended(outcome: Outcome) -> None:
                results[k] = shared.as_it_ended(run.result(outcome))

            return ended

        outcomes = yield [run.job._replace(ended=note(k, run)) for k, run in runs.items()]
        interrupted = any(outcome is None for outcome in outcomes)
    results = dict(sorted(results.items()))
    interrupted |= shared.stopped or any(result.stopped == "interrupted" for result in results.values())
    trained = {k: result for k, result in results.items() if len(result.history) and k not in shared.late}
    return trained or results, interrupted


class _Callbacks:
    """The callbacks of the user, shared by the runs."""

    def __init__(self, callbacks: Sequence[Callback], n: int) -> None:
        self.callbacks, self.n = callbacks, n
        self.lock = threading.Lock()
        self.stopped = False
        self.late: set[int] = set()  # those whose first epoch ended after that

    def as_it_ended(self, result: TrainingResult) -> TrainingResult:
        """Return a result that says who stopped it: the run itself takes all for a callback."""
        return replace(result, stopped="interrupted") if self.stopped and result.stopped == "callback" else result


class _Member:
    """What one run calls at the end of an epoch."""

    def __init__(self, shared: _Callbacks, k: int) -> None:
        self.shared, self.k = shared, k
        self.began = False

    def on_epoch_end(self, state: TrainingState) -> None:
        shared = self.shared
        with shared.lock:
            if shared.stopped and not self.began:
                shared.late.add(self.k)
            self.began = True
            state.member, state.members = self.k, shared.n
            for callback in shared.callbacks:
                try:
                    callback.on_epoch_end(state)
                except KeyboardInterrupt:
                    shared.stopped = True
        if shared.stopped:
            state.stop()

    def on_train_end(self, result: TrainingResult) -> None:
        with self.shared.lock:
            for callback in self.shared.callbacks:
                if hasattr(callback, "on_member_end"):
                    callback.on_member_end(self.k, self.shared.as_it_ended(result))
