import signal
import subprocess
import sys

import numpy as np
import pytest

import layerwise as lw
from layerwise.engines import ENGINES

RNG = np.random.default_rng(0)
X = RNG.normal(size=(2, 24))
Y = (X[:1] > X[1:]).astype(int)
NET = lw.Network((2, 3, 1), ("tanh", "sigmoid"))


class InterruptAt:
    """Ctrl-C at the end of an epoch, or, as a schedule, before one of its steps on an engine that asks then."""

    def __init__(self, time):
        self.time = time

    def on_epoch_end(self, state):
        if state.epoch == self.time:
            raise KeyboardInterrupt

    def factor(self, epoch, epochs):
        if epoch >= self.time:
            raise KeyboardInterrupt
        return 1.0


every_engine = pytest.mark.parametrize("engine", ENGINES)


@every_engine
def test_at_the_end_of_an_epoch_everything_so_far_is_kept(engine):
    result = lw.train(NET, X, Y, epochs=10, validation=(X, Y), callbacks=[InterruptAt(3)], engine=engine)
    whole = lw.train(NET, X, Y, epochs=4, validation=(X, Y), engine=engine)
    assert result.stopped == "interrupted"
    assert result.history == whole.history
    np.testing.assert_array_equal(result.parameters.vector, whole.parameters.vector)


def test_in_the_middle_of_an_epoch_its_steps_are_kept_and_the_history_has_whole_epochs():
    options = {"batch_size": 6, "learning_rate": 0.5, "seed": 1, "validation": (X, Y), "engine": "numpy"}
    result = lw.train(NET, X, Y, epochs=10, schedule=InterruptAt(2.5), **options)
    before, after = (lw.train(NET, X, Y, epochs=e, **options) for e in (2, 3))
    assert result.stopped == "interrupted"
    assert result.history == before.history
    assert (result.progress.epochs, result.progress.step) == (2, 2)
    assert (result.parameters.vector != before.parameters.vector).any()
    assert (result.parameters.vector != after.parameters.vector).any()
    assert np.isfinite(result.parameters.vector).all()


def test_in_the_middle_of_the_validation_the_epoch_is_not_finished():
    calls = []

    def accuracy(*arguments):
        calls.append(arguments)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return 0.5

    history = lw.train(NET, X, Y, epochs=10, validation=(X, Y), metrics=[accuracy], engine="numpy").history
    lengths = {
        len(history.cost),
        len(history.validation_cost),
        len(history.learning_rate),
        len(history.metrics["accuracy"]),
    }
    assert lengths == {2}


@every_engine
def test_before_the_first_step_the_initial_parameters_are_kept(engine):
    options = {"initial": lw.initialize(NET, seed=5).astype("float32"), "validation": (X, Y), "early_stopping": 3}
    result = lw.train(NET, X, Y, schedule=InterruptAt(0), engine=engine, **options)
    assert (result.stopped, len(result.history), result.best_epoch) == ("interrupted", 0, None)
    np.testing.assert_array_equal(result.parameters.vector, options["initial"].vector)
    assert repr(result) == "TrainingResult(2-3-1, History(no epochs), stopped='interrupted')"


@every_engine
def test_lbfgs_can_be_interrupted(engine):
    result = lw.train(NET, X, Y, optimizer="lbfgs", callbacks=[InterruptAt(2)], engine=engine)
    assert (result.stopped, len(result.history)) == ("interrupted", 3)


@every_engine
@pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
def test_a_real_signal(engine, optimizer):
    script = f"""
import numpy as np, layerwise as lw
class Ready:
    def on_epoch_end(self, state):
        if state.epoch == 0:
            print("ready", flush=True)
rng = np.random.default_rng(0)
X = rng.normal(size=(30, 20_000)).astype("float32")
Y = rng.integers(0, 2, (1, 20_000))
net = lw.Network((30, 50, 1), ("tanh", "sigmoid"))
options = dict(batch_size=32) if {optimizer!r} == "adam" else {{}}
options |= dict(optimizer={optimizer!r}, engine={engine!r})
result = lw.train(net, X, Y, epochs=100_000, callbacks=[Ready()], **options)
print(result.stopped, len(result.history) >= 1, np.isfinite(result.parameters.vector).all())
"""
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout.readline() == "ready\n", run.stderr.read()
        run.send_signal(signal.SIGINT)
        output, errors = run.communicate(timeout=30)
    assert (output, errors, run.returncode) == ("interrupted True True\n", "", 0)
