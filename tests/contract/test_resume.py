"""A run that stopped, wherever and why ever, and goes on has the same bits as one that never did."""

import signal
import time

import numpy as np
import pytest

import layerwise as lw
from contract.runs import data
from layerwise.equations.lbfgs import LBFGSState
from layerwise.equations.optimizers import LBFGS, OPTIMIZERS, AdamW, Momentum
from layerwise.equations.schedules import SCHEDULES, WarmUp

EPOCHS = 7
X, Y = data(m=23)
HELD_OUT = data(m=11, seed=9)
NET = lw.Network((2, 5, 3, 1), ("relu", "tanh", "sigmoid"))
WEIGHTS = np.random.default_rng(3).uniform(0.1, 2, 23)


class Slower:
    """A callback that sets the learning rate after every second epoch."""

    def on_epoch_end(self, state):
        if state.epoch % 2 == 0:
            state.learning_rate *= 0.7


def spread(Y_hat, Y, sample_weight):
    """A metric."""
    return np.ptp(Y_hat)


SIGNS = lw.Parameters.from_vector(NET.sizes, np.resize([1.0, 0.0, -1.0, 0.0], NET.n_parameters))
BATCHES = {"batch_size": 6}  # three of 6 and one of 5
RUNS = {
    **{name: {**BATCHES, "optimizer": name} for name in OPTIMIZERS if name != "lbfgs"},
    "one example a step": {"batch_size": 1, "optimizer": "adam"},
    "one example in the last step": {"batch_size": 22, "optimizer": "momentum"},
    "no rest": {"batch_size": 23},
    "all examples": {"optimizer": "adam"},
    "single precision": {**BATCHES, "optimizer": "adam", "dtype": "float32"},
    "dropout": {**BATCHES, "dropout": 0.4},
    "dropout in one layer of full batches": {"dropout": (0.0, 0.5), "optimizer": "nesterov"},
    "weights": {**BATCHES, "sample_weight": WEIGHTS, "l2": 0.5},
    "weights of zero": {**BATCHES, "sample_weight": np.where(WEIGHTS > 0.6, WEIGHTS, 0)},
    "l2": {**BATCHES, "l2": 0.7, "optimizer": "rmsprop"},
    "weight decay": {**BATCHES, "optimizer": AdamW(0.01, weight_decay=0.1)},
    "clipping": {**BATCHES, "clip_norm": 0.05, "optimizer": Momentum(0.1)},
    "cosine": {**BATCHES, "schedule": "cosine", "optimizer": "adam"},
    "one cycle": {**BATCHES, "schedule": "one_cycle", "optimizer": "momentum"},
    "warm-up": {**BATCHES, "schedule": WarmUp(3), "dtype": "float32"},
    "another rate every other epoch": {**BATCHES, "callbacks": [Slower()]},
    "a rate and a schedule": {**BATCHES, "callbacks": [Slower()], "schedule": "step", "optimizer": "adam"},
    "validation": {**BATCHES, "validation": HELD_OUT, "dropout": 0.2},
    "early stopping": {
        **BATCHES, "validation": HELD_OUT, "early_stopping": lw.EarlyStopping(4, 0.01), "learning_rate": 2, "seed": 8,
    },
    "the last parameters": {"validation": HELD_OUT, "early_stopping": lw.EarlyStopping(4, restore_best=False)},
    "averaging": {**BATCHES, "averaging": 0.8, "optimizer": "adam"},
    "averaging and early stopping": {
        **BATCHES, "averaging": 0.5, "validation": HELD_OUT, "early_stopping": 3, "dtype": "float32",
    },
    "signs": {**BATCHES, "signs": SIGNS, "optimizer": "nesterov"},
    "fading": {
        **BATCHES, "dropout": 0.4, "dropout_schedule": "flat_cosine", "optimizer": AdamW(weight_decay=0.5),
        "decay_schedule": "linear", "schedule": "coslog4",
    },
    "smoothed labels": {**BATCHES, "label_smoothing": 0.1},
    "early stopping by a metric": {
        **BATCHES, "validation": HELD_OUT, "early_stopping": lw.EarlyStopping(3, monitor="auc"), "learning_rate": 1,
    },
    "metrics of one's own": {"validation": HELD_OUT, "metrics": ("log_loss", spread, "accuracy")},
    "everything": {
        **BATCHES, "optimizer": "adamw", "dropout": (0.1, 0.3), "sample_weight": WEIGHTS, "l2": 0.1, "clip_norm": 1.0,
        "validation": HELD_OUT, "early_stopping": lw.EarlyStopping(5, monitor="r2"), "schedule": "one_cycle",
        "callbacks": [Slower()], "dtype": "float32", "averaging": 0.9, "signs": SIGNS, "label_smoothing": 0.1,
        "dropout_schedule": "cosine", "decay_schedule": "one_cycle", "metrics": ("auc",),
    },
    "lbfgs": {"optimizer": "lbfgs", "l2": 0.5},
    "lbfgs with a short memory": {"optimizer": LBFGS(memory=2), "sample_weight": WEIGHTS, "dtype": "float32"},
    "lbfgs and early stopping": {"optimizer": "lbfgs", "validation": HELD_OUT, "early_stopping": 1},
}  # fmt: skip


class StopAfter:
    def __init__(self, epoch):
        self.epoch = epoch

    def on_epoch_end(self, state):
        if state.epoch == self.epoch:
            state.stop()


class InterruptAfter(StopAfter):
    def on_epoch_end(self, state):
        if state.epoch == self.epoch:
            raise KeyboardInterrupt


class InterruptAt:
    """A schedule that raises when it is first asked for the factor of that time or a later one.

    An engine may ask before each step, or at the start of an epoch for all of its steps.
    """

    def __init__(self, at, then="constant"):
        self.at, self.then = at, SCHEDULES[then]() if isinstance(then, str) else then

    def factor(self, epoch, epochs):
        if epoch >= self.at:
            raise KeyboardInterrupt
        return self.then.factor(epoch, epochs)


def options_of(name):
    return {"seed": 5, "epochs": EPOCHS, **RUNS[name]}


every_run = pytest.mark.parametrize("options", [options_of(name) for name in RUNS], ids=RUNS)
# a schedule depends on `epochs`
WITHOUT_SCHEDULE = [name for name, options in RUNS.items() if not any("schedule" in option for option in options)]
IN_STEPS = [name for name in RUNS if "lbfgs" not in name]  # an epoch of L-BFGS is one step


def bits(result):
    """All that a run leaves behind, in a form that == compares bit by bit."""
    at, best = result.progress, result.progress.best
    return {
        "parameters": (result.parameters.vector.tobytes(), at.parameters.vector.tobytes()),
        "averaged": None if at.averaged is None else at.averaged.vector.tobytes(),
        "history": result.history,
        "end": (result.stopped, result.best_epoch, result.restored, at.epochs, at.step, at.base_learning_rate),
        "state": memory(at.state),
        "best": (best.epoch, best.cost, best.to_beat, best.improved_at),
    }


def memory(state):
    if isinstance(state, LBFGSState):
        point, pairs = state.point, [(s.tobytes(), y.tobytes()) for s, y in state.pairs]
        return point.vector.tobytes(), point.J, point.g.tobytes(), pairs, state.arrived
    return state.t, {letter: vector.tobytes() for letter, vector in state.slots.items()}


@pytest.mark.parametrize("epochs", [1, 3])
@pytest.mark.parametrize("name", WITHOUT_SCHEDULE)
def test_after_fewer_epochs(train, name, epochs):
    options = options_of(name)
    part = train(NET, X, Y, **{**options, "epochs": epochs})
    assert (part.stopped, part.progress.epochs, part.progress.step) == ("epochs", epochs, 0)
    assert bits(train(NET, X, Y, resume=part, **options)) == bits(train(NET, X, Y, **options))


@every_run
@pytest.mark.parametrize(("end", "stopped"), [(StopAfter(2), "callback"), (InterruptAfter(1), "interrupted")])
def test_after_a_callback_ended_it(train, options, end, stopped):
    part = train(NET, X, Y, **{**options, "callbacks": [*options.get("callbacks", ()), end]})
    assert (part.stopped, len(part.history)) == (stopped, end.epoch + 1)
    assert bits(train(NET, X, Y, resume=part, **options)) == bits(train(NET, X, Y, **options))


@pytest.mark.parametrize("at", [0, 0.3, 2, 2.8])
@pytest.mark.parametrize("name", IN_STEPS)
def test_after_an_interrupt_within_an_epoch(train, name, at):
    options = options_of(name)
    schedule = InterruptAt(at, options.get("schedule", "constant"))
    part = train(NET, X, Y, **{**options, "schedule": schedule})
    assert (part.stopped, part.progress.epochs) in [("interrupted", epochs) for epochs in (int(at), int(at) + 1)]
    assert bits(train(NET, X, Y, resume=part, **options)) == bits(train(NET, X, Y, **options))


@every_run
def test_after_many_ends(train, options):
    part = train(NET, X, Y, **{**options, "callbacks": [*options.get("callbacks", ()), StopAfter(0)]})
    for epoch in range(1, EPOCHS - 1):
        ending = {**options, "callbacks": [*options.get("callbacks", ()), StopAfter(epoch)]}
        part = train(NET, X, Y, resume=part, **ending)
    assert bits(train(NET, X, Y, resume=part, **options)) == bits(train(NET, X, Y, **options))


@every_run
def test_a_run_that_it_is_resumed_from_stays_as_it_is(train, options):
    part = train(NET, X, Y, **{**options, "callbacks": [*options.get("callbacks", ()), StopAfter(2)]})
    before = bits(part)
    one = train(NET, X, Y, resume=part, **options)
    one.parameters.vector[:] = np.nan
    assert bits(part) == before
    part.parameters.vector[:] = np.nan
    assert bits(train(NET, X, Y, resume=part, **options)) == bits(train(NET, X, Y, **options))


LONG = 0.25  # seconds; an engine may look for signals every 20 ms


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there is no such timer")
@pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
def test_after_a_signal_at_any_time(train, optimizer):
    X, Y = data(m=1500)
    batches = {"batch_size": 1, "dropout": 0.2} if optimizer == "adam" else {}
    options = {"optimizer": optimizer, "validation": HELD_OUT, "epochs": 1, **batches}
    whole, lasted, places = None, 0.0, set()
    while whole is None or (whole.stopped == "epochs" and lasted < LONG):
        options["epochs"] *= 2
        started = time.perf_counter()
        whole = train(NET, X, Y, **options)
        lasted = time.perf_counter() - started
    for share in (0.2, 0.3, 0.45, 0.6, 0.9):
        part = interrupted_after(share * lasted, lambda: train(NET, X, Y, **options))
        if part is not None and part.progress.epochs < len(whole.history):
            places.add((part.progress.epochs, part.progress.step))
            assert bits(train(NET, X, Y, resume=part, **options)) == bits(whole)
    assert (len(places) > 1 and any(step for _, step in places)) or optimizer == "lbfgs"  # which may arrive too soon


def interrupted_after(seconds, run):
    """The result of a run that a Ctrl-C ends; None if that came before or after it."""
    over = []

    def interrupt(number, frame):
        if not over:
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        result = run()
        over.append(True)
    except KeyboardInterrupt:
        return None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    return result


@pytest.mark.parametrize("name", ["adam", "everything", "lbfgs"])
def test_a_run_of_the_numpy_engine_goes_on_anywhere(train, name):
    options = {**options_of(name), "dtype": "float64"}
    part, whole = (
        lw.train(NET, X, Y, engine="numpy", **{**options, "callbacks": callbacks}) for callbacks in ([StopAfter(2)], [])
    )
    resumed = train(NET, X, Y, resume=part, **{**options, "callbacks": []})
    np.testing.assert_allclose(resumed.parameters.vector, whole.parameters.vector, rtol=1e-9)
    np.testing.assert_allclose(resumed.history.cost, whole.history.cost, rtol=1e-9)


def test_the_runs_here_end_in_every_way(train):
    ends = {
        name: train(NET, X, Y, **{"seed": 5, "epochs": EPOCHS, **options}).stopped for name, options in RUNS.items()
    }
    assert ends["early stopping"] == ends["lbfgs and early stopping"] == "early_stopping"
    assert ends["adam"] == ends["lbfgs"] == "epochs"
