"""Joblib at its fastest: processes that are there already, and one BLAS thread for each process or thread."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import joblib
from threadpoolctl import threadpool_limits


@contextlib.contextmanager
def processes(threads: int, backend: str = "loky") -> Iterator[None]:
    """Let joblib use so many workers of a backend."""
    inner = {"inner_max_num_threads": 1} if backend == "loky" else {}
    own = contextlib.nullcontext() if inner else threadpool_limits(1)
    with joblib.parallel_config(backend, n_jobs=threads, **inner), own:
        yield


def warm_up(threads: int) -> None:
    """Start the processes, and let them import what they need."""
    with processes(threads):
        joblib.Parallel()(joblib.delayed(_import)() for _ in range(4 * threads))


def _import() -> None:
    import sklearn.linear_model
    import sklearn.neural_network  # noqa: F401 - so that it is there when time is taken
