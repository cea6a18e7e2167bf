"""A Ctrl-C between any two lines of the loop leaves a run that can go on with the same bits."""

import sys
from pathlib import Path

import numpy as np
import pytest

import layerwise as lw
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


def interrupted_in_line(number, options):
    """The result of a run with a Ctrl-C before the line of that number; None where nothing is learnt yet, or any more.

    The other thing returned is whether there were so many lines.
    """
    lines = 0

    def trace(frame, event, argument):
        nonlocal lines
        if frame.f_code.co_filename not in FILES:
            return None
        if event == "line":
            lines += 1
            if lines == number:
                raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        return run(**options), lines >= number
    except KeyboardInterrupt:
        return None, True
    finally:
        sys.settrace(before)


@pytest.mark.parametrize("name", RUNS)
def test_between_any_two_lines(name):
    options, places, number, reached = RUNS[name], set(), 0, True
    whole = run(**options)
    while reached:
        number += 1
        part, reached = interrupted_in_line(number, options)
        if part is None or part.progress.epochs == 2:
            continue
        assert part.stopped == "interrupted"
        places.add((part.progress.epochs, part.progress.step))
        result = run(resume=part, **options)
        assert result.parameters.vector.tobytes() == whole.parameters.vector.tobytes()
        assert (result.history, result.best_epoch) == (whole.history, whole.best_epoch)
    steps = whole.progress.steps
    assert places == {(epoch, step) for epoch in (0, 1) for step in range(steps + 1)}
