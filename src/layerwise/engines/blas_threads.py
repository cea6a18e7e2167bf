"""How many threads NumPy's BLAS takes while a run lasts.

The threads of OpenBLAS wait for each other in a loop. For the small matrices of a table that wait costs more
than the second thread gives. On two cores with other work on them, five epochs of a 108-64-32-1 network over 39,000
rows in batches of 256 were seen to take 27 s with two threads and 0.5 s with one.

Without threadpoolctl nothing is limited; set OPENBLAS_NUM_THREADS=1 before Python starts.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from layerwise.engines.contract import TrainingPlan
from layerwise.errors import MissingDependencyError, require

__all__ = ["blas_threads", "one_blas_thread"]

SMALL = 2e7
"""Floating-point operations of a step below which one thread is enough."""


def blas_threads(plan: TrainingPlan, m: int) -> AbstractContextManager[Any]:
    """Return the context of a run: ``plan.threads`` threads, or one for small steps, or whatever is set.

    Parameters
    ----------
    plan : TrainingPlan
    m : int
        Training examples.

    Raises
    ------
    MissingDependencyError
        If a number is asked for and threadpoolctl is not installed; without a number nothing is changed then.
    """
    # W A, dZ Aᵀ and Wᵀ dZ: three products of 2 n[l] n[l-1] m operations each
    work = 6 * plan.initial.n_weights * min(plan.batch_size or m, m)
    threads = plan.threads or (1 if work < SMALL else None)
    if plan.threads is not None:
        return _limited(_controller(), plan.threads)
    return nullcontext() if threads is None else one_blas_thread()


def one_blas_thread() -> AbstractContextManager[Any]:
    """Return the context of small products; without threadpoolctl nothing is changed."""
    try:
        return _limited(_controller(), 1)
    except MissingDependencyError:
        return nullcontext()


_lock = threading.Lock()
_running: list[Any] = []  # the limits of the runs that last; the first one knows what was set before all of them


@contextmanager
def _limited(controller: Any, threads: int) -> Iterator[None]:
    # The number belongs to the process. Runs in several Python threads may end in any order, so that only the last
    # one to end puts back what was there before the first.
    with _lock:
        _running.append(controller.limit(limits=threads, user_api="blas"))
    try:
        yield
    finally:
        with _lock:
            ended = _running.pop()
            if not _running:
                ended.restore_original_limits()


@functools.cache
def _controller() -> Any:
    purpose = "Setting the threads of the NumPy engine"
    return require("threadpoolctl", extra="all", purpose=purpose).ThreadpoolController()
