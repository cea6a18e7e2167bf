"""Many trainings in one call: what a tiny one costs beside its epochs, and how equal ones scale over threads."""

from __future__ import annotations

import functools
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

import layerwise as lw
from benchmarks.measuring import in_turn
from benchmarks.report import bar, duration, times
from benchmarks.searches import data
from benchmarks.searches.measuring import Conditions, left_out
from layerwise.engines import Examples, TrainingData, TrainingPlan
from layerwise.equations.optimizers import Adam
from layerwise.equations.schedules import Constant

NAME = "many"
TINY, TINY_RUNS, TINY_ROWS = (2, 4, 1), 1000, 8
LONGER = 101
"""Epochs of the same runs, by whose seconds those of an epoch are known."""
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
        runs = TINY_RUNS // part
        tiny = _taken({
            str(epochs): functools.partial(train_many, plans(TINY, runs, epochs, None), tiny_data(), threads=1)
            for epochs in (1, LONGER)
        }, given)  # fmt: skip
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
            f"  a run takes {duration(found['seconds_of_a_run'])} beside its epochs, an epoch "
            f"{duration(found['seconds_of_an_epoch'])}; {given.threads} threads: {times(found['scaling'])} as fast"
        )
    return found


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
    """Return the figures and what was wanted of them, given seconds by epochs and seconds by threads."""
    each, epoch = of_a_run({int(epochs): statistics.median(taken) for epochs, taken in tiny.items()}, runs)
    medians = [statistics.median(taken) for _, taken in sorted(medium.items())]
    scaling = medians[0] / medians[-1] if len(medians) > 1 else None
    bars = []
    if judged:
        bars = [
            bar("layerwise", "seconds beside the epochs", each, most=WANTED_SECONDS),
            bar("layerwise", "scaling", scaling, least=WANTED_SCALING),
        ]
    return {
        "name": NAME,
        "title": f"{runs:,} runs of 2-4-1, an epoch of {TINY_ROWS} rows each; {MEDIUM_RUNS} of 64-32-10 on digits",
        "seconds_of_a_run": each,
        "seconds_of_an_epoch": epoch,
        "scaling": scaling,
        "tiny": {epochs: list(taken) for epochs, taken in tiny.items()},
        "medium": {threads: list(taken) for threads, taken in medium.items()},
        "sides": {},
        "missing": list(missing),
        "bars": bars,
    }


def of_a_run(medians: Mapping[int, float], runs: int) -> tuple[float | None, float | None]:
    """Return the seconds of a run beside its epochs, and those of an epoch, by a line through two numbers of epochs."""
    if len(medians) < 2:
        return None, None
    (few, short), (many, long) = sorted(medians.items())
    epoch = (long - short) / (many - few) / runs
    return short / runs - few * epoch, epoch
