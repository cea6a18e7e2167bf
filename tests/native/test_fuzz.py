"""Runs of every shape and with every option, drawn at random: the core beside the NumPy engine.

LAYERWISE_FUZZ=5000 draws so many runs, and other ones every time.
"""

import dataclasses
import os
import warnings

import numpy as np
import pytest

pytest.importorskip("layerwise.engines._native", reason="needs the native core")

from configurations import inputs, labels
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import layerwise as lw
from layerwise.equations import forward, schedules
from layerwise.equations.optimizers import OPTIMIZERS, UpdateRule
from layerwise.errors import DivergenceWarning, NetworkWarning
from layerwise.vocabulary import ACTIVATIONS, LOSSES, OUTPUT_OF_LOSS

HUNT = int(os.environ.get("LAYERWISE_FUZZ", "0"))
RULES = [build for build in OPTIMIZERS.values() if isinstance(build(), UpdateRule)]


def fuzz(runs, divide=1):
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large]
    count = (HUNT or runs) // divide
    return settings(max_examples=count, deadline=None, derandomize=not HUNT, suppress_health_check=checks)


size = st.one_of(st.integers(1, 8), st.integers(1, 70), st.sampled_from([15, 16, 17, 31, 32, 33, 48, 49, 64, 65]))
rate = st.sampled_from([0.0, 0.0, 0.2, 0.5, 0.9, 1.0])
hidden = st.one_of(
    st.sampled_from([name for name in ACTIVATIONS if name not in ("softmax", "exp")]),
    st.floats(0, 0.9).map("leaky_relu(slope={})".format),
    st.floats(0.1, 3).map("elu(alpha={})".format),
)
loss = st.one_of(
    st.sampled_from(list(LOSSES)),
    st.floats(0.05, 3).map("huber(delta={})".format),
    st.floats(0.05, 0.95).map("quantile(q={})".format),
)
schedule = st.one_of(
    st.none(),
    st.none(),
    st.sampled_from(list(schedules.SCHEDULES)),
    st.builds(schedules.WarmUp, st.sampled_from([0.5, 1, 2])),
    st.builds(schedules.StepDecay, gamma=st.sampled_from([0.0, 0.5]), every=st.just(1)),
)
stopping = st.builds(lw.EarlyStopping, st.integers(1, 3), st.sampled_from([0.0, 0.0, 0.01]), st.booleans())


dimension = st.one_of(st.none(), st.integers(1, 9), st.sampled_from([4, 8, 16, 32]))
embedding = st.one_of(
    st.builds(lw.Embedding, st.integers(1, 40), dimension),
    st.builds(lw.Embedding, st.integers(2, 40), dimension, st.just(True)),
)


@st.composite
def networks(draw):
    sizes = [draw(size) for _ in range(draw(st.integers(2, 5)))]
    embeddings = draw(st.one_of(st.just([]), st.lists(embedding, max_size=5)))
    plain = draw(st.integers(0, 1)) * sizes[0] if embeddings else sizes[0]
    sizes[0] = plain + sum(entry.width for entry in embeddings)
    chosen = draw(loss)
    output = OUTPUT_OF_LOSS.get(chosen) or draw(st.sampled_from(list(ACTIVATIONS)))
    if output == "softmax":
        sizes[-1] += sizes[-1] == 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NetworkWarning)
        return lw.Network(sizes, [*(draw(hidden) for _ in sizes[2:]), output], chosen, embeddings)


@st.composite
def rules(draw, rates):
    build = draw(st.sampled_from(RULES))
    unit = {"beta": (0, 0.95), "beta1": (0, 0.95), "beta2": (0.5, 0.999), "rho": (0, 0.99), "epsilon": (1e-8, 0.1)}
    given = {}
    for entry in dataclasses.fields(build):
        if entry.name in unit and draw(st.booleans()):
            given[entry.name] = draw(st.floats(*unit[entry.name]))
    return build(draw(rates), weight_decay=draw(st.sampled_from([0.0, 0.0, 0.1])), **given)


@st.composite
def tables(draw, net, m, spread):
    """X, Y and weights or None: numbers of all kinds, from a seed that shrinks."""
    rng = np.random.default_rng(draw(st.integers(0, 9)))
    X = inputs(net, m, rng)
    X[: net.n_x - len(net.embeddings)] *= spread
    if draw(st.booleans()):
        X *= rng.random(X.shape) < 0.5
    weights = rng.choice([0.0, 0.3, 1.0, 2.5], m) + (np.arange(m) == 0)
    return X, labels(net, m, rng), weights if draw(st.integers(0, 3)) == 0 else None


@st.composite
def plans(draw, rates=(1e-4, 3e-3), spreads=(1.0, 1.0, 0.01, 5.0)):
    net = draw(networks())
    batch = draw(st.one_of(st.none(), st.integers(1, 8), st.integers(1, 200)))
    m = draw(st.integers(1, 300 if batch is None else min(6 * batch, 300)))
    X, Y, weights = draw(tables(net, m, draw(st.sampled_from(spreads))))
    options = {
        "batch_size": batch,
        "epochs": draw(st.integers(1, 4)),
        "optimizer": draw(rules(st.floats(*rates))),
        "seed": draw(st.one_of(st.integers(0, 3), st.integers(0, 2**64 - 1))),
        "sample_weight": weights,
        "l2": draw(st.sampled_from([0.0, 0.0, 0.1, 3.0])),
        "clip_norm": draw(st.sampled_from([None, None, 0.01, 1.0])),
        "schedule": draw(schedule),
        "decay_schedule": draw(schedule),
        "averaging": draw(st.sampled_from([0.0, 0.0, 0.3, 0.99])),
    }
    if net.L > 1 and draw(st.booleans()):
        options["dropout"] = tuple(draw(rate) for _ in range(net.L - 1))
        options["dropout_schedule"] = draw(schedule)
    if draw(st.integers(0, 3)) == 0:
        numbers = np.random.default_rng(draw(st.integers(0, 9))).choice([-1.0, 0.0, 0.0, 1.0], net.n_parameters)
        options["signs"] = lw.Parameters.from_vector(net.layout, numbers)
    if draw(st.integers(0, 3)) == 0:
        block = draw(st.integers(1, 40))
        options["shuffle"] = draw(
            st.one_of(st.just(False), st.just(lw.BlockShuffle(block, draw(st.integers(block, 90)))))
        )
    if draw(st.integers(0, 3)) == 0 and weights is None:
        options["subset"] = draw(st.lists(st.integers(0, m - 1), min_size=1, max_size=m))
    if "cross_entropy" in net.loss:
        options["label_smoothing"] = draw(st.sampled_from([0.0, 0.0, 0.1]))
    if draw(st.booleans()):
        X_v, Y_v, w_v = draw(tables(net, draw(st.integers(1, 150)), 1.0))
        options["validation"] = (X_v, Y_v) if w_v is None else (X_v, Y_v, w_v)
        options["early_stopping"] = draw(st.one_of(st.none(), stopping))
    return net, X, Y, options


def train(plan, engine, **more):
    net, X, Y, options = plan
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DivergenceWarning)
        return lw.train(net, X, Y, engine=engine, **options, **more)


def close(x, y, rtol):
    x, y = np.asarray(x, float), np.asarray(y, float)
    largest = np.abs(y[np.isfinite(y)]).max(initial=0)
    np.testing.assert_allclose(x, y, rtol=rtol, atol=rtol * largest + 1e-14)  # 1e-14: what rounding leaves of a zero


def diverged_together(native, numpy):
    """Whether the runs diverged; neither may have done so without the other, or more than a step apart."""
    places = [None if end is None else (end.epoch, end.step) for end in (native.divergence, numpy.divergence)]
    if places == [None, None]:
        return False
    assert None not in places, places
    (epoch, step), (other_epoch, other_step) = places
    assert abs(epoch - other_epoch) <= 1, places
    assert abs(step - other_step) <= 1 or epoch != other_epoch, places
    return True


def are_tied(native, numpy):
    """Whether two epochs were equally good, but for rounding, and each run thinks that another was the best."""
    J, best, other = numpy.history.validation_cost, native.best_epoch, numpy.best_epoch
    return best != other and None not in (best, other) and best < len(J) and np.isclose(J[best], J[other], rtol=1e-13)


def compare(native, numpy, rtol=1e-7):
    if diverged_together(native, numpy) or are_tied(native, numpy):
        return
    close(native.history.cost, numpy.history.cost, rtol)
    close(native.history.validation_cost, numpy.history.validation_cost, rtol)
    assert native.history.learning_rate == numpy.history.learning_rate
    assert native.history.metrics.keys() == numpy.history.metrics.keys()
    for name, values in numpy.history.metrics.items():
        close(native.history.metrics[name], values, rtol)
    assert (native.stopped, native.best_epoch, native.restored) == (numpy.stopped, numpy.best_epoch, numpy.restored)
    close(native.parameters.vector, numpy.parameters.vector, rtol)
    close(native.progress.parameters.vector, numpy.progress.parameters.vector, rtol)
    close(native.progress.shown.vector, numpy.progress.shown.vector, rtol)
    assert native.progress.state.t == numpy.progress.state.t
    for letter, average in numpy.progress.state.slots.items():
        close(native.progress.state.slots[letter], average, rtol)


@fuzz(150)
@given(plans(), st.integers(1, 3))
def test_runs_are_those_of_the_equations(plan, threads):
    native = train(plan, "native", dtype="float64", threads=threads)
    compare(native, train(plan, "numpy", dtype="float64"))


@fuzz(90, divide=3)
@given(plans(rates=(1.0, 1e6), spreads=(1.0, 1e3, 1e30)))
def test_divergence_is_that_of_the_equations(plan):
    native, numpy = (train(plan, engine, dtype="float64") for engine in ("native", "numpy"))
    diverged_together(native, numpy)
    single = train(plan, "native", dtype="float32")
    for result in (native, single):
        assert np.isfinite(result.parameters.vector).all()
        assert np.isfinite(result.history.cost).all()


@fuzz(60, divide=3)
@given(plans(), st.sampled_from(["float64", "float32"]))
def test_threads_change_no_bit(plan, dtype):
    one, *others = (train(plan, "native", dtype=dtype, threads=threads).parameters.vector for threads in (1, 2, 3))
    for other in others:
        assert one.tobytes() == other.tobytes()


@fuzz(90, divide=3)
@given(networks(), st.integers(1, 90), st.integers(0, 9), st.sampled_from([1.0, 30.0]), st.integers(1, 3), st.data())
def test_predictions_are_those_of_the_equations_one_by_one(net, m, seed, spread, threads, data):
    X, theta = inputs(net, m, np.random.default_rng(seed)), lw.initialize(net, seed)
    X[: net.n_x - len(net.embeddings)] *= spread
    Y_hat = lw.predict(net, theta, X, threads=threads)
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(Y_hat, forward(net, theta, X).Y_hat, rtol=1e-7, atol=1e-12)
    first = data.draw(st.integers(0, m - 1))
    for count in (1, 2, 3, data.draw(st.integers(1, m))):
        some = slice(first, first + count)
        np.testing.assert_array_equal(lw.predict(net, theta, X[:, some]), Y_hat[:, some])
