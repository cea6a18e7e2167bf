import gc
import subprocess
import sys
import threading
import time
import weakref

import numpy as np
import pytest

import layerwise as lw
from layerwise.engines import ENGINES
from layerwise.errors import ParameterError
from layerwise.lab import Experiment, Gone, SettingError, checked
from layerwise.lab import experiment as experiment_module
from layerwise.lab.examples import dataset_of

SMALL = {"examples": 60, "epochs": 120, "noise": 0.2}
ADAM = {"optimizer": "adam", "learning_rate": 0.01, "batch_size": 16, "schedule": "cosine", "dropout": 0.1, "l2": 0.1}
THREE = [[np.sin(k), np.cos(k) * k / 30, k % 3] for k in range(30)]
RUNS = {
    "full batches": {},
    "mini-batches": {**ADAM, "hidden": [5, 4]},
    "numpy": {**ADAM, "engine": "numpy", "dtype": "float64"},
    "momentum": {"optimizer": "momentum", "learning_rate": 0.1, "batch_size": 7, "validation": 0.0},
    "classes": {"preset": "points", "points": THREE, "batch_size": 8, "schedule": "inverse_time", "learning_rate": 0.3},
    "waves": {"preset": "waves", "loss": "huber", "learning_rate": 0.05, "initialization": "normal", "scale": 0.5},
}


def made(**given):
    settings = checked(SMALL | given)
    return Experiment("x", settings, dataset_of(settings))


@pytest.fixture
def make():
    open_ones = []

    def make(**given):
        open_ones.append(made(**given))
        return open_ones[-1]

    yield make
    for experiment in open_ones:
        experiment.close()


def settled(experiment, seconds=30.0):
    """Wait until the worker rests; return how the run stands."""
    seen, end = 0, time.monotonic() + seconds
    while (standing := experiment.progress()).status == "running":
        assert time.monotonic() < end, "it runs and runs"
        seen = experiment.wait(seen, 1.0)
    return standing


def plain(experiment, epochs=None, **options):
    """Train the same network with the library alone."""
    s, data, net = experiment.settings, experiment.data, experiment.net
    scale = s.scale if s.initialization == "normal" else None
    return lw.train(
        net,
        data.X,
        data.Y,
        initial=lw.initialize(net, s.seed, s.initialization, scale),
        validation=data.validation,
        epochs=s.epochs if epochs is None else epochs,
        **{name: getattr(s, name) for name in ("learning_rate", "batch_size", "optimizer", "seed", "l2", "dropout")},
        **{name: getattr(s, name) for name in ("schedule", "engine", "dtype")},
        **options,
    )


class Every:
    """Keeps the parameters of every epoch."""

    def __init__(self):
        self.theta = []

    def on_epoch_end(self, state):
        self.theta.append(state.parameters.vector)


@pytest.mark.parametrize("run", RUNS)
def test_a_run_that_is_paused_again_and_again_has_the_bits_of_a_plain_one_and_so_has_every_epoch_of_it(make, run):
    if RUNS[run].get("engine") not in ENGINES and "engine" in RUNS[run]:
        pytest.skip("the engine is not built")
    experiment, every = make(**RUNS[run]), Every()
    whole = plain(experiment, callbacks=[every])
    for _ in range(3):
        experiment.epoch()
        settled(experiment)
    while experiment.progress().epoch < min(20, len(whole.history)):
        experiment.start(pace=200.0)
        time.sleep(0.01)
        experiment.pause(timeout=30.0)
    if experiment.progress().status == "paused":
        experiment.start()
    assert settled(experiment).status == "finished"
    last = experiment.moment()
    np.testing.assert_array_equal(last.theta.vector, whole.parameters.vector)
    assert last.result.history == whole.history
    assert last.result.best_epoch == whole.best_epoch
    assert last.epoch == experiment.settings.epochs
    np.testing.assert_array_equal(experiment.moment(0).theta.vector, lw.initialize(
        experiment.net, experiment.settings.seed, experiment.settings.initialization,
        experiment.settings.scale if experiment.settings.initialization == "normal" else None,
    ).astype(experiment.settings.dtype).vector)  # fmt: skip
    for epoch in range(1, last.epoch + 1):
        moment = experiment.moment(epoch)
        np.testing.assert_array_equal(moment.theta.vector, every.theta[epoch - 1], err_msg=f"epoch {epoch}")
        assert len(moment.result.history) == moment.epoch == epoch


def test_a_moment_can_be_gone_on_from_by_the_library(make):
    experiment = make(**{**ADAM, "schedule": "constant"})
    experiment.start()
    settled(experiment)
    whole, part = plain(experiment), experiment.moment(50).result
    again = plain_resumed(experiment, part)
    np.testing.assert_array_equal(again.parameters.vector, whole.parameters.vector)
    assert again.history == whole.history


def plain_resumed(experiment, part):
    s, data = experiment.settings, experiment.data
    names = ("learning_rate", "batch_size", "optimizer", "seed", "l2", "dropout", "schedule", "engine", "dtype")
    options = {name: getattr(s, name) for name in names}
    return lw.train(experiment.net, data.X, data.Y, validation=data.validation, epochs=s.epochs, resume=part, **options)


@pytest.mark.parametrize("schedule", ["constant", "cosine"])
def test_more_epochs_go_on_where_the_run_stands(make, schedule):
    experiment = make(schedule=schedule, epochs=40)
    experiment.start()
    assert settled(experiment).status == "finished"
    with pytest.raises(SettingError, match="above the 40 epochs that are finished") as refused:
        experiment.start()
    assert refused.value.setting == "epochs"
    experiment.start(epochs=70)
    standing = settled(experiment)
    assert (standing.status, standing.epoch, standing.epochs) == ("finished", 70, 70)
    experiment.epoch()
    assert settled(experiment).epochs == 71
    first = plain(experiment, epochs=40)
    options = {"validation": experiment.data.validation, "schedule": schedule, "seed": experiment.settings.seed}
    data, rate = experiment.data, experiment.settings.learning_rate
    more = lw.train(experiment.net, data.X, data.Y, learning_rate=rate, epochs=70, resume=first, **options)
    for epoch, result in ((40, first), (70, more)):
        np.testing.assert_array_equal(experiment.moment(epoch).theta.vector, result.parameters.vector)
    assert [experiment.moment(epoch).settings.epochs for epoch in (0, 39, 40, 70)] == [40, 40, 70, 71]
    with pytest.raises(SettingError, match="at most 1000000"):
        experiment.start(epochs=1_000_001)


def test_the_curve_has_the_costs_of_the_history(make):
    experiment = make()
    assert experiment.progress().curve.epoch == []
    experiment.start()
    standing, history = settled(experiment), plain(experiment).history
    assert standing.curve.epoch == list(range(1, 121))
    assert standing.curve.cost == history.cost
    assert standing.curve.validation_cost == history.validation_cost
    assert experiment.progress(standing.mark).curve.epoch == []
    best = int(np.argmin(history.validation_cost)) + 1
    assert (best, "best") in standing.flags


def test_the_best_epoch_is_kept_and_so_are_both_ends(make):
    experiment = make(preset="moons", noise=0.6, learning_rate=5.0, hidden=[30], epochs=3000, examples=40)
    experiment.start()
    settled(experiment)
    best = plain(experiment).best_epoch + 1
    end = time.monotonic() + 5
    while best not in experiment.progress().checkpoints and time.monotonic() < end:
        time.sleep(0.01)
    assert {0, best, 3000} <= set(experiment.progress().checkpoints)
    assert best not in (0, 3000)


def test_reset_keeps_the_initial_weights_and_forgets_the_run(make):
    experiment = make()
    before, mark = experiment.moment(0).theta.vector.copy(), experiment.progress().mark
    experiment.start()
    settled(experiment)
    done = experiment.moment().theta.vector
    assert experiment.reset() == "ready"
    standing = experiment.progress(mark)
    assert (standing.epoch, standing.curve.epoch, standing.checkpoints, standing.flags) == (0, [], [0], [])
    np.testing.assert_array_equal(experiment.moment().theta.vector, before)
    assert experiment.moment().result is None
    with pytest.raises(ParameterError, match=r"from 0 to 0\. Got 1"):
        experiment.moment(1)
    experiment.start()
    settled(experiment)
    np.testing.assert_array_equal(experiment.moment().theta.vector, done)


def test_reset_while_it_runs_drops_what_is_computed(make):
    experiment = make(epochs=1_000_000)
    experiment.start()
    time.sleep(0.1)
    assert experiment.reset() == "ready"
    time.sleep(0.2)
    assert (experiment.progress().epoch, experiment.progress().status) == (0, "ready")


def test_divergence_leaves_the_last_finite_epoch_and_cannot_go_on(make):
    experiment = make(activations=["relu"], preset="waves", learning_rate=30.0, hidden=[8, 8], noise=0.05)
    experiment.start()
    standing = settled(experiment)
    whole = plain_diverged(experiment)
    assert standing.status == "diverged"
    assert standing.divergence == whole.divergence
    assert standing.epoch == whole.divergence.epoch == len(whole.history) > 0
    assert (standing.epoch, "diverged") in standing.flags
    last = experiment.moment()
    assert np.isfinite(last.theta.vector).all()
    np.testing.assert_array_equal(last.theta.vector, whole.parameters.vector)
    assert last.result.history == whole.history
    for act in (experiment.start, experiment.epoch):
        with pytest.raises(SettingError, match="Reset it; a smaller learning_rate"):
            act()
    experiment.reset()
    assert experiment.progress().divergence is None


def plain_diverged(experiment):
    with pytest.warns(lw.errors.DivergenceWarning):
        return plain(experiment)


def test_divergence_in_the_first_step_leaves_the_initial_parameters(make):
    experiment = make(activations=["relu"], preset="waves", learning_rate=1e9, hidden=[8, 8, 8, 8], epochs=5000)
    experiment.epoch()
    standing = settled(experiment)
    while standing.status == "paused":
        experiment.epoch()
        standing = settled(experiment)
    assert standing.status == "diverged"
    assert np.isfinite(experiment.moment().theta.vector).all()
    assert experiment.moment().epoch == standing.epoch == standing.divergence.epoch


def test_a_run_that_fails_says_why(make, monkeypatch):
    experiment = make()

    def advance(*_):
        raise MemoryError("no room")

    monkeypatch.setattr(experiment._course, "advance", advance)
    experiment.start()
    standing = settled(experiment)
    assert (standing.status, standing.error) == ("failed", "MemoryError: no room")
    with pytest.raises(ParameterError, match="A run that failed cannot go on"):
        experiment.start()


def test_pace_holds_the_run_back_and_can_be_changed(make):
    experiment = make(epochs=1_000_000)
    began = time.monotonic()
    experiment.start(pace=50.0)
    time.sleep(0.5)
    epoch = experiment.progress().epoch
    assert 1 <= epoch <= 50 * (time.monotonic() - began) + 2
    assert experiment.keep_to(None) == "running"
    end = time.monotonic() + 30.0
    while experiment.progress().epoch <= 1_000 + 50 * (time.monotonic() - began) and time.monotonic() < end:
        time.sleep(0.05)
    assert experiment.progress().epoch > 1_000  # more than a pace of 50 lets through
    assert experiment.keep_to(0.01) == "running"  # an epoch in 100 seconds, which a pause does not wait for
    assert experiment.pause(timeout=30.0) == "paused"
    assert experiment.keep_to(None) == "paused"


def test_one_epoch_is_one_epoch(make):
    experiment = make()
    for epoch in (1, 2, 3):
        experiment.epoch()
        standing = settled(experiment)
        assert (standing.status, standing.epoch) == ("paused", epoch)
    assert standing.checkpoints == [0, 1, 2, 3]


def test_who_waits_is_woken_by_what_happens_and_by_nothing_else(make):
    experiment = make(epochs=1_000_000)
    seen = experiment.wait(-1, 0.0)
    began = time.monotonic()
    assert experiment.wait(seen, 0.1) == seen
    assert time.monotonic() - began >= 0.1
    threading.Timer(0.05, experiment.epoch).start()
    assert experiment.wait(seen, 10.0) > seen
    settled(experiment)


def test_closing_wakes_who_waits_and_ends_the_thread(make):
    experiment = make(epochs=1_000_000)
    experiment.start(pace=1.0)
    worker = experiment._worker
    seen = experiment.wait(0, 0.3)
    threading.Timer(0.05, experiment.close).start()
    while not experiment.closed:
        seen = experiment.wait(seen, 10.0)
    worker.join(5.0)
    assert not worker.is_alive()
    with pytest.raises(Gone, match="was closed"):
        experiment.start()


def test_a_closed_experiment_is_let_go():
    experiment = made()
    experiment.start()
    settled(experiment)
    experiment.close()
    known = weakref.ref(experiment)
    del experiment
    time.sleep(0.1)
    gc.collect()
    assert known() is None


def test_a_code_stands_at_the_first_epoch_it_was_seen_at(make):
    experiment = make()
    experiment.start()
    settled(experiment)
    for epoch in (70, 30, 50, 121):
        experiment.flag(epoch, "dead_relu")
    assert [flag for flag in experiment.progress().flags if flag[1] != "best"] == [(30, "dead_relu")]


@pytest.mark.parametrize(
    ("given", "setting", "rule"),
    [
        ({"loss": "categorical_cross_entropy"}, "loss", "does not go with the task 'binary'"),
        ({"preset": "waves", "loss": "binary_cross_entropy"}, "loss", "does not go with the task 'regression'"),
        (
            {"preset": "points", "points": THREE, "loss": "binary_cross_entropy"},
            "loss",
            "does not go with the task 'classes'",
        ),
        ({"hidden": [], "dropout": 0.5}, "dropout", "must be 0 without hidden layers"),
    ],
)
def test_settings_that_do_not_go_together_are_refused_by_name(given, setting, rule):
    with pytest.raises(SettingError, match=rule) as refused:
        made(**given)
    assert refused.value.setting == setting


@pytest.mark.parametrize("preset", ["flower", "points", "waves"])
@pytest.mark.parametrize("loss", ["auto", "squared_error", "absolute_error", "huber"])
def test_every_task_has_its_output_and_takes_the_losses_of_numbers(make, preset, loss):
    experiment = make(preset=preset, points=THREE, loss=loss, epochs=3, learning_rate=0.01)
    output = {"flower": "sigmoid", "points": "softmax", "waves": "identity"}[preset]
    assert experiment.net.activations[-1] == output
    experiment.start()
    assert settled(experiment).status == "finished"


def test_zeros_and_linear_layers_are_taken_without_a_warning(make):
    experiment = make(initialization="zeros", activations=["identity"])
    assert not experiment.moment(0).theta.vector.any()


def test_python_ends_while_experiments_run():
    code = (
        "import time; from layerwise.lab import Experiments; e = Experiments()\n"
        "for _ in range(3): e.new({'epochs': 1000000, 'hidden': [64, 64]}).start()\n"
        "one = e.new({'epochs': 1000000, 'hidden': [64, 64]})\n"
        "one.start(); time.sleep(0.2); one.reset()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


def test_moments_between_checkpoints_are_remembered_and_bounded(make, monkeypatch):
    experiment = make(epochs=3000)
    experiment.start()
    settled(experiment)
    time.sleep(0.1)
    between = [epoch for epoch in range(1000, 1100) if epoch not in experiment.progress().checkpoints][:20]
    first = experiment.moment(between[0])
    assert experiment.moment(between[0]) is first
    for epoch in between:
        experiment.moment(epoch)
    assert len(experiment._moments) == experiment_module.MOMENTS
