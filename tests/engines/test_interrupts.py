"""A Ctrl-C between any two lines of the loop leaves a run that can go on with the same bits."""

from pathlib import Path

import numpy as np
import pytest

import layerwise as lw
from interrupts import interrupted_in_line
from layerwise.engines import early_stopping, epochs, full_batch, numpy_engine

FILES = {str(Path(module.__file__)) for module in (early_stopping, epochs, full_batch, numpy_engine)}
RNG = np.random.default_rng(0)
X = RNG.normal(size=(2, 9))
Y = (X[:1] > X[1:]).astype(int)
NET = lw.Network((2, 3, 1), ("tanh", "sigmoid"))
RUNS = {
    "batches": {"batch_size": 5, "optimizer": "adam", "dropout": 0.3, "early_stopping": 2},
    "all examples": {"optimizer": "momentum", "schedule": "cosine"},
    "lbfgs": {"optimizer": "lbfgs", "early_stopping": 2},
}


class Silent:
    def on_epoch_end(self, state):
        pass


def run(**options):
    whole = {"epochs": 2, "validation": (X, Y), "callbacks": [Silent()], "engine": "numpy", **options}
    return lw.train(NET, X, Y, **whole)


@pytest.mark.parametrize("name", RUNS)
def test_between_any_two_lines(name):
    options, places, number, reached = RUNS[name], set(), 0, True
    whole = run(**options)
    while reached:
        number += 1
        # nothing is learnt yet, or any more, where it raises
        part, reached = interrupted_in_line(number, lambda: run(**options), FILES)
        if part is None or part.progress.epochs == 2:
            continue
        assert part.stopped == "interrupted"
        places.add((part.progress.epochs, part.progress.step))
        result = run(resume=part, **options)
        assert result.parameters.vector.tobytes() == whole.parameters.vector.tobytes()
        assert (result.history, result.best_epoch) == (whole.history, whole.best_epoch)
    steps = whole.progress.steps
    assert places == {(epoch, step) for epoch in (0, 1) for step in range(steps + 1)}
