"""How time is taken: each peer at its fastest settings, in turn with all others, and all results compared."""

from __future__ import annotations

import gc
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benchmarks.peers import Call, Peer
from benchmarks.workloads import Data, Training, Workload
from layerwise.equations import cost, forward
from layerwise.network import Array, Parameters

PAUSE = 0.05
"""Seconds before each timing, in which the thread pools of the one before stop spinning."""
PEAK_SECONDS = 0.05
FINALISTS = 2
SAME_BATCHES, OWN_BATCHES = 0.05, 0.25
"""How far final costs may differ from layerwise's, relatively, before a comparison counts for nothing."""
IMPORTS = {
    "layerwise": "layerwise",
    "scikit-learn": "sklearn.neural_network",
    "torch": "torch",
    "JAX": "jax.numpy",
}


@dataclass
class Timing:
    """What one peer took for one workload."""

    peer: str
    way: str = ""
    seconds: list[float] = field(default_factory=list)
    trials: dict[str, float | str] = field(default_factory=dict)
    same_batches: bool = True
    value: float = 0.0  # final cost of a training, or largest distance from Y_hat of a prediction
    agrees: bool = True

    @property
    def median(self) -> float:
        """In seconds, of one unit of the workload."""
        return statistics.median(self.seconds)


@dataclass
class Result:
    """One workload: everybody's timings, layerwise first, and the peak measured between them."""

    timings: list[Timing]
    peak: list[float] = field(default_factory=list)


def seconds(call: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    outcome = call()
    return time.perf_counter() - start, outcome


def in_turn(calls: list[Callable[[], Any]], repeats: int, pause: float = PAUSE) -> Iterator[tuple[int, float]]:
    """Yield (which, seconds), `repeats` times for each call; every round starts with another one.

    Each timed call follows an untimed one of its own: a call after another peer's pays for caches and pages that the
    other took, which says nothing about either.
    """
    for k in range(repeats):
        for which in (*range(k % len(calls), len(calls)), *range(k % len(calls))):
            time.sleep(pause)
            calls[which]()
            yield which, seconds(calls[which])[0]


def measure(
    workload: Workload, peers: list[Peer], repeats: int, threads: int, say: Callable[[str], None] = print
) -> Result:
    """Measure one workload: layerwise and all peers on the same data, from the same weights."""
    data = Data.of(workload)
    runs = [run for peer in peers for run in _finalists(peer, workload, data, threads, say)]
    timings = [timing for timing, _ in runs]
    _compare(workload, timings)
    peak, peaks = peak_meter(threads), []
    gc.collect()
    gc.disable()
    try:
        for which, taken in in_turn([call for _, call in runs], repeats):
            timings[which].seconds.append(taken / workload.units)
            if peak is not None and which == 0:
                peaks.append(peak())
    finally:
        gc.enable()
    return Result(_fastest_of_each(timings), peaks)


def _finalists(
    peer: Peer, workload: Workload, data: Data, threads: int, say: Callable[[str], None]
) -> list[tuple[Timing, Call]]:
    # Two of each go into the rounds: which settings are the fastest is seen in the median, not in a first try.
    trials: dict[str, float | str] = {}
    found = []
    for way, prepare in peer.ways(workload, data, threads).items():
        try:
            call = prepare()
            outcome = call()  # compiles and warms up
        except Exception as error:  # of another library, which is then left out and said to be
            trials[way] = f"failed: {error}"
            say(f"{peer.name}, {way}: left out, {type(error).__name__}: {(str(error).splitlines() or [''])[0]}")
            continue
        trials[way] = seconds(call)[0] / workload.units
        value = judge(workload, data, peer.read(workload, outcome))
        found.append((Timing(peer.name, way, trials=trials, same_batches=peer.same_batches, value=value), call))
    return sorted(found, key=lambda run: run[0].trials[run[0].way])[:FINALISTS]


def _fastest_of_each(timings: list[Timing]) -> list[Timing]:
    best: dict[str, Timing] = {}
    for timing in timings:
        timing.trials[timing.way] = timing.median
        if timing.peer not in best or timing.median < best[timing.peer].median:
            best[timing.peer] = timing
    return list(best.values())


def judge(workload: Workload, data: Data, computed: Parameters | Array) -> float:
    """Return the cost of trained parameters on all rows, or how far a prediction is from the equations'."""
    net = workload.network
    if isinstance(workload, Training):
        return cost(net, computed, forward(net, computed, data.X.T), data.targets.T)
    checked = slice(0, 1000)
    Y_hat = forward(net, data.theta, data.X[checked].T).Y_hat
    return float(np.abs(computed[:, checked] - Y_hat).max())


def _compare(workload: Workload, timings: list[Timing]) -> None:
    reference = timings[0].value
    for timing in timings:
        if isinstance(workload, Training):
            tolerance = SAME_BATCHES if timing.same_batches else OWN_BATCHES
            timing.agrees = abs(timing.value - reference) <= tolerance * reference
        else:
            timing.agrees = timing.value < 1e-3


def peak_meter(threads: int) -> Callable[[], float] | None:
    """Return what measures the peak in FLOP/s, by a loop of multiply-adds in registers; None without the C++ core."""
    try:
        from layerwise.engines._native import fma_peak
    except ImportError:
        return None
    return lambda: fma_peak(PEAK_SECONDS, threads, "float32")


def measure_import(peers: list[str], repeats: int) -> Result:
    """Measure what an import costs in a fresh process that has NumPy already."""
    timings = [Timing(peer, f"import {IMPORTS[peer]}") for peer in peers if peer in IMPORTS]
    for timing in timings:
        _import_seconds(timing.way)  # leaves compiled files behind, as an installation does
    for _ in range(repeats):
        for timing in timings:
            timing.seconds.append(_import_seconds(timing.way))
    return Result(timings)


def _import_seconds(statement: str) -> float:
    program = f"import time, numpy; start = time.perf_counter(); {statement}; print(time.perf_counter() - start)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)  # noqa: S603 - from IMPORTS
    return float(done.stdout)
