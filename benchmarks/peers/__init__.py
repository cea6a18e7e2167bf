"""Who is compared: one module for each library, all with the same `Peer`."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeAlias

from benchmarks.workloads import Data, Workload
from layerwise.network import Array, Parameters

Call: TypeAlias = Callable[[], Any]
"""What is timed: the whole training, or all calls of a prediction."""

MODULES = {
    "layerwise": "layerwise_peer",
    "JAX": "jax_peer",
    "torch": "torch_peer",
    "scikit-learn": "sklearn_peer",
    "NumPy": "numpy_peer",
}


class Peer(Protocol):
    """A library at its best settings.

    Attributes
    ----------
    same_batches : bool
        Whether it takes the rows in the order of `Data.orders`; otherwise it draws its own.
    """

    name: str
    same_batches: bool

    def ways(self, workload: Workload, data: Data, threads: int) -> Mapping[str, Callable[[], Call]]:
        """Return the settings worth a try, by name, each with what prepares it; the fastest one counts."""
        ...

    def read(self, workload: Workload, outcome: Any) -> Parameters | Array:
        """Return what a call computed: the trained parameters, or Y_hat (n_y, m)."""
        ...


def installed() -> tuple[list[Peer], list[str]]:
    """Return the peers that can be imported, layerwise first, and a line for each that cannot."""
    found, missing = [], []
    for name, module in MODULES.items():
        try:
            found.append(importlib.import_module(f"benchmarks.peers.{module}").PEER)
        except ImportError as error:
            missing.append(f"{name} is left out: {error}")
    return found, missing


def thread_counts(threads: int) -> list[int]:
    """Return 1 and `threads`: for small matrices one thread is often the faster choice."""
    return sorted({1, threads})


def plural(n: int) -> str:
    return f"{n} thread" if n == 1 else f"{n} threads"
