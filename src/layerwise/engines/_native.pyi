"""The C++ core, as ``native/bindings`` gives it to Python: tables in C order, an example a row."""

from collections.abc import Callable, Sequence
from types import ModuleType
from typing import TypeAlias

from layerwise.network import Array

_Rows: TypeAlias = tuple[Array | tuple[Array, Array, Array], Array, Array | None]
"""X (or of a sparse one: its numbers, their columns, where each row starts), Y, the weights."""
_Best: TypeAlias = tuple[int, float, float, int]
_Factor: TypeAlias = Callable[[int, int, int], float]
"""Of an epoch, a step, and the steps of an epoch."""
_Report: TypeAlias = Callable[[int, float, float, list[float], float], tuple[bool, float]]

_History: TypeAlias = tuple[list[float], list[float], list[float], list[list[float]]]
"""The cost, the validation cost and the learning rate of every epoch, and each metric's."""
_Progress: TypeAlias = tuple[
    int, int, int, float, float, float, _Best, Array, list[Array], Array | None, Array | None
]  # fmt: skip
"""epochs, step, t, summed_cost, learning_rate, base_learning_rate, best, parameters, averages, best_parameters,
averaged: see `layerwise.engines.contract.Progress`."""
_Descent: TypeAlias = tuple[int, int, float, Array, float, Array | None, Array, str | None, int]
"""epochs, step, summed_cost, parameters, J, g, pairs (s and y in turn), arrived, evaluations."""

class Network:
    def __init__(
        self,
        sizes: Sequence[int],
        activations: Sequence[int],
        settings: Sequence[float],
        loss: int,
        loss_setting: float,
        embeddings: Sequence[tuple[int, int, bool]] = (),
    ) -> None: ...

class Plan:
    network: Network
    rule: int
    beta1: float
    beta2: float
    epsilon: float
    weight_decay: float
    epochs: int
    batch_size: int
    shuffles: bool
    block: int
    buffer: int
    l2: float
    l2_by_batch: bool
    dropout: list[float]
    clip_norm: float
    metrics: list[int]
    averaging: float
    signs: Array
    threads: int
    isa: str
    def __init__(self) -> None: ...
    def set_early_stopping(
        self, patience: int, min_improvement: float, restore_best: bool, monitor: int, greater_is_better: bool
    ) -> None: ...
    def set_plateau(self, patience: int, tolerance: float, lowest: float, waited: int) -> None: ...

class Task:
    def go(
        self,
        schedule: _Factor | None,
        report: _Report | None,
        *,
        dropout: _Factor | None = None,
        decay: _Factor | None = None,
        metrics: Callable[[Array], list[float]] | None = None,
    ) -> str: ...

class Crew:
    def __init__(self, threads: int) -> None: ...
    def add(
        self,
        number: int,
        weight: float,
        task: Task,
        schedule: _Factor | None,
        report: _Report | None,
        *,
        dropout: _Factor | None = None,
        decay: _Factor | None = None,
        metrics: Callable[[Array], list[float]] | None = None,
    ) -> None: ...
    @property
    def left(self) -> int: ...
    def ended(self, waits: bool) -> tuple[int, str, float, BaseException | None] | None: ...
    def stop(self) -> list[int]: ...
    def leave(self) -> None: ...

class _Run(Task):
    def __init__(
        self,
        plan: Plan,
        training: _Rows,
        validation: _Rows | None,
        *,
        seed: int,
        subset: Array | None = None,
        validation_subset: Array | None = None,
        mapped: tuple[bool, bool, bool] = ...,
        epochs: int,
        step: int,
        t: int,
        summed_cost: float,
        learning_rate: float,
        base_learning_rate: float,
        best: _Best,
        parameters: Array,
        averages: Sequence[Array],
        best_parameters: Array | None,
        averaged: Array | None,
    ) -> None: ...
    def parameters(self) -> Array: ...
    def failed(self) -> tuple[Array, list[Array]]: ...
    def history(self) -> _History: ...
    def progress(self) -> _Progress: ...
    @property
    def threads(self) -> int: ...

class _Objective:
    def __init__(self, plan: Plan, examples: _Rows, *, subset: Array | None = None) -> None: ...
    def __call__(self, theta: Array, /) -> tuple[float, Array]: ...

class _Minimizer(Task):
    def __init__(
        self,
        plan: Plan,
        examples: _Rows,
        *,
        subset: Array | None = None,
        memory: int,
        tolerance: float,
        relative_decrease: float,
        max_evaluations: int,
        epochs: int,
        step: int,
        summed_cost: float,
        parameters: Array,
        J: float,
        g: Array | None,
        pairs: Sequence[tuple[Array, Array]],
        arrived: str | None,
        evaluations: int,
    ) -> None: ...
    def costs(self) -> list[float]: ...
    def parameters(self) -> Array: ...
    def progress(self) -> _Descent: ...

class Run32(_Run): ...
class Run64(_Run): ...
class Objective32(_Objective): ...
class Objective64(_Objective): ...
class Minimizer32(_Minimizer): ...
class Minimizer64(_Minimizer): ...

testing: ModuleType  # kernels of one instruction set, for tests/native

def isas() -> list[str]: ...
def fma_peak(seconds: float, threads: int, dtype: str = "float32") -> float: ...
def predict(network: Network, theta: Array, X: Array, Y_hat: Array, threads: int) -> bool: ...
