"""Many trainings in one call: what one costs beside its training, and how equal ones scale over threads.

The former is seconds of processors, so that what goes on beside something else is counted too: those of `train_many`
less those of the same runs, prepared before, in the core alone.
"""

from __future__ import annotations

import functools
import gc
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

import layerwise as lw
from benchmarks.measuring import PAUSE, in_turn
from benchmarks.report import bar, duration, times
from benchmarks.searches import data
from benchmarks.searches.measuring import Conditions, left_out
from layerwise.engines import Examples, TrainingData, TrainingPlan
from layerwise.equations.optimizers import Adam
from layerwise.equations.schedules import Constant

NAME = "many"
TINY, TINY_RUNS, TINY_ROWS = (2, 4, 1), 1000, 8
TOGETHER, ALONE = "train_many", "in the core"
MEDIUM, MEDIUM_RUNS, MEDIUM_EPOCHS = (64, 32, 10), 60, 30
WANTED_SECONDS, WANTED_SCALING = 20e-6, 1.9
MORE_REPEATS = 4
"""Beside those of the other parts, whose calls take longer."""


def plans(sizes: tuple[int, ...], runs: int, epochs: int, batch: int | None) -> list[TrainingPlan]:
    """Return runs that differ by their seed."""
    net = lw.Network(sizes, ("relu", "sigmoid" if sizes[-1] == 1 else "softmax"))
    return [
        TrainingPlan(
            network=net,
            initial=lw.initialize(net, seed=seed).astype(np.float32),
            optimizer=Adam(0.001),
            epochs=epochs,
            batch_size=batch,
            seed=seed,
            l2=0.0,
            dropout=(0.0,),
            clip_norm=None,
            schedule=Constant(),
            early_stopping=None,
            metrics=(),
            threads=None,
        )
        for seed in range(runs)
    ]


def tiny_data() -> TrainingData:
    rng = np.random.default_rng(0)
    X = rng.standard_normal((TINY_ROWS, TINY[0])).astype(np.float32)
    return TrainingData(Examples(X.T, (X[:, :1] * X[:, 1:] > 0).astype(np.float32).T))


def medium_data() -> TrainingData:
    X, y = data.digits()
    return TrainingData(Examples(X.T, np.eye(MEDIUM[-1], dtype=np.float32)[y].T))


def measure(given: Conditions) -> dict[str, Any]:
    """Return the seconds of all calls, taken in turn, and what they say, as plain JSON values."""
    part = 10 if given.quick else 1
    missing: list[str] = []
    tiny, medium = {}, {}
    try:
        from layerwise.engines import engine_named

        train_many = engine_named("native").train_many
        tiny = bookkeeping(train_many, plans(TINY, TINY_RUNS // part, 1, None), given.repeats + MORE_REPEATS)
        chosen = plans(MEDIUM, MEDIUM_RUNS, MEDIUM_EPOCHS // part, 32)
        medium = _taken({
            str(threads): functools.partial(train_many, chosen, medium_data(), threads=threads)
            for threads in sorted({1, given.threads})
        }, given)  # fmt: skip
    except Exception as error:  # as of the other sides
        missing.append(left_out(NAME, error))
        given.say(missing[-1])
    found = entry(tiny, medium, TINY_RUNS // part, missing, judged=not given.quick)
    if found["scaling"] is not None:
        given.say(
            f"  a run takes {duration(found['seconds_of_a_run'])} beside its training, which takes "
            f"{duration(found['seconds_in_the_core'])}; {given.threads} threads: {times(found['scaling'])} as fast"
        )
    return found


def bookkeeping(train_many: Callable[..., Any], tiny: Sequence[TrainingPlan], repeats: int) -> dict[str, list[float]]:
    """Return the seconds of processors that runs take in one call, and in the core alone, taken in turn."""
    data, taken = tiny_data(), {TOGETHER: [], ALONE: []}
    for k in range(1 + repeats):  # the first warms up
        gc.collect()
        time.sleep(PAUSE)
        before = time.process_time()
        outcomes = train_many(tiny, data, threads=1)
        together = time.process_time() - before
        del outcomes
        alone = _in_the_core(tiny, data)
        if k:
            taken[TOGETHER].append(together), taken[ALONE].append(alone)
    return taken


def _in_the_core(tiny: Sequence[TrainingPlan], data: TrainingData) -> float:
    from layerwise.engines.native_engine import LastPlan, native_run

    last = LastPlan(threads=1)
    runs = [native_run(plan, data, last.of(plan)) for plan in tiny]
    hooks = [run.hooks(None) for run in runs]
    before = time.process_time()
    for run, its in zip(runs, hooks, strict=True):
        run.task.go(**its)
    return time.process_time() - before


def _taken(calls: Mapping[str, Any], given: Conditions) -> dict[str, list[float]]:
    taken: dict[str, list[float]] = {name: [] for name in calls}
    names = list(calls)
    for which, elapsed in in_turn(list(calls.values()), given.repeats + MORE_REPEATS):
        taken[names[which]].append(elapsed)
    return taken


def entry(
    tiny: Mapping[str, Sequence[float]],
    medium: Mapping[str, Sequence[float]],
    runs: int,
    missing: Sequence[str],
    judged: bool = True,
) -> dict[str, Any]:
    """Return the figures and what was wanted of them, given those of `bookkeeping` and seconds by threads."""
    together, alone = (statistics.median(tiny[name]) / runs if name in tiny else None for name in (TOGETHER, ALONE))
    each = None if together is None or alone is None else together - alone
    medians = [statistics.median(taken) for _, taken in sorted(medium.items())]
    scaling = medians[0] / medians[-1] if len(medians) > 1 else None
    bars = []
    if judged:
        bars = [
            bar("layerwise", "seconds beside the training", each, most=WANTED_SECONDS),
            bar("layerwise", "scaling", scaling, least=WANTED_SCALING),
        ]
    return {
        "name": NAME,
        "title": f"{runs:,} runs of 2-4-1, an epoch of {TINY_ROWS} rows each; {MEDIUM_RUNS} of 64-32-10 on digits",
        "seconds_of_a_run": each,
        "seconds_in_the_core": alone,
        "scaling": scaling,
        "tiny": {name: list(taken) for name, taken in tiny.items()},
        "medium": {threads: list(taken) for threads, taken in medium.items()},
        "sides": {},
        "missing": list(missing),
        "bars": bars,
    }
