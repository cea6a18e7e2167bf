"""A backend of joblib that collects the tasks of scikit-learn's model selection and carries them out together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, ClassVar, Protocol, Self

import joblib
from joblib.parallel import ParallelBackendBase

from layerwise.searching.tasks import Task, task_of

__all__ = ["Runner", "TogetherBackend"]

MANY = 1_000_000
"""More tasks than are ever dispatched ahead: all of them come before the first result is asked for."""


class Runner(Protocol):
    """Who carries out tasks: this machine, or others. To be used with ``with``.

    Attributes
    ----------
    epochs : int
        How many were trained so far.
    """

    epochs: int

    def run(self, tasks: Sequence[Task]) -> list[Any]:
        """Return the results in the order of the tasks."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class _Batch:
    """What joblib asks for the results of a batch of calls."""

    def __init__(self, backend: TogetherBackend, calls: Any, callback: Callable[[Any], None] | None) -> None:
        self.backend, self.calls, self.callback = backend, calls, callback
        self.results: list[Any] | None = None

    def get(self) -> list[Any]:
        """Return the results, after all batches that wait were carried out."""
        if self.results is None:
            self.backend.carry_out()
        assert self.results is not None  # noqa: S101 - carry_out has set them: for the type checker
        return self.results


class TogetherBackend(ParallelBackendBase):
    """Tasks that fit this library's estimators go to `runner` together; others to joblib, as it is set up outside.

    Parameters
    ----------
    runner : Runner
    n_jobs : int or None
        Of the others.

    Attributes
    ----------
    began : callable
        Called when a `joblib.Parallel` has taken the backend: the next one is to take what is set up outside.
    """

    supports_retrieve_callback: ClassVar[bool] = False
    supports_sharedmem = True
    uses_threads = True

    def __init__(self, runner: Runner, n_jobs: int | None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.runner, self.n_jobs = runner, n_jobs
        self.began: Callable[[], None] = lambda: None
        self.batches: list[_Batch] = []

    def effective_n_jobs(self, n_jobs: int | None) -> int:
        """Return more than there are tasks."""
        return MANY

    def configure(self, n_jobs: int = 1, parallel: Any = None, **kwargs: Any) -> int:
        """Have all tasks dispatched at once."""
        self.began()
        self.parallel = parallel
        if parallel is not None:
            parallel.pre_dispatch = "all"
        return self.effective_n_jobs(n_jobs)

    def submit(self, func: Any, callback: Callable[[Any], None] | None = None) -> _Batch:
        """Put a batch of calls among those that wait."""
        batch = _Batch(self, func, callback)
        self.batches.append(batch)
        return batch

    apply_async = submit  # its name before joblib 1.5

    def get_nested_backend(self) -> tuple[Any, int | None]:
        """Return what calls within a task use: no other threads."""
        return joblib.parallel.SequentialBackend(nesting_level=1), None

    def carry_out(self) -> None:
        """Set the results of all batches that wait."""
        batches, self.batches = self.batches, []
        tasks: list[Task] = []
        others: list[Any] = []
        places: list[list[tuple[bool, int]]] = []
        for batch in batches:
            places.append([])
            for function, args, kwargs in batch.calls.items:
                task = task_of(function, args, kwargs)
                into: list[Any] = others if task is None else tasks
                places[-1].append((task is not None, len(into)))
                into.append((function, args, kwargs) if task is None else task)
        found = {True: self.runner.run(tasks) if tasks else [], False: self._elsewhere(others)}
        for batch, listed in zip(batches, places, strict=True):
            batch.results = [found[ours][place] for ours, place in listed]
            if batch.callback is not None:
                batch.callback(batch.results)

    def _elsewhere(self, calls: Sequence[Any]) -> Any:
        return joblib.Parallel(n_jobs=self.n_jobs)(calls) if calls else []
