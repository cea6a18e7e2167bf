"""The C++ core, as ``native/bindings`` gives it to Python: tables in C order, an example a row."""

from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Literal, TypeAlias, TypedDict

from layerwise.network import Array

_Rows: TypeAlias = tuple[Array | tuple[Array, Array, Array], Array, Array | None]
"""X (or of a sparse one: its numbers, their columns, where each row starts), Y, the weights."""
_Best: TypeAlias = tuple[int, float, float, int]

class _History(TypedDict):
    cost: list[float]
    validation_cost: list[float]
    learning_rate: list[float]
    metrics: list[list[float]]

class _Progress(TypedDict):
    epochs: int
    step: int
    t: int
    summed_cost: float
    learning_rate: float
    base_learning_rate: float
    best: _Best
    parameters: Array
    averages: list[Array]
    best_parameters: Array | None
    averaged: Array | None

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
    seed: int
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

class _Run:
    def __init__(
        self,
        plan: Plan,
        training: _Rows,
        validation: _Rows | None,
        *,
        subset: Array | None = None,
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
    def go(
        self,
        schedule: Callable[[int, int, int], float] | None,
        report: Callable[[int, float, float, list[float], float], tuple[bool, float]] | None,
        *,
        dropout: Callable[[int, int, int], float] | None = None,
        decay: Callable[[int, int, int], float] | None = None,
        metrics: Callable[[Array], list[float]] | None = None,
    ) -> Literal["epochs", "early_stopping", "callback", "interrupted", "diverged"]: ...
    def parameters(self) -> Array: ...
    def failed(self) -> tuple[Array, list[Array]]: ...
    def history(self) -> _History: ...
    def progress(self) -> _Progress: ...
    @property
    def threads(self) -> int: ...

class _Objective:
    def __init__(self, plan: Plan, examples: _Rows, /) -> None: ...
    def __call__(self, theta: Array, /) -> tuple[float, Array]: ...

class Run32(_Run): ...
class Run64(_Run): ...
class Objective32(_Objective): ...
class Objective64(_Objective): ...

testing: ModuleType  # kernels of one instruction set, for tests/native

def isas() -> list[str]: ...
def fma_peak(seconds: float, threads: int, dtype: str = "float32") -> float: ...
def predict(network: Network, theta: Array, X: Array, Y_hat: Array, threads: int) -> bool: ...
