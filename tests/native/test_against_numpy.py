"""The C++ core computes what the equations say: whole runs beside the NumPy engine's."""

import numpy as np
import pytest

pytest.importorskip("layerwise.engines._native", reason="needs the native core")

from configurations import examples

import layerwise as lw
from layerwise.equations.initializers import INITIALIZERS
from layerwise.equations.optimizers import OPTIMIZERS, UpdateRule
from layerwise.vocabulary import ACTIVATIONS, LOSSES, OUTPUT_OF_LOSS

RULES = [name for name, build in OPTIMIZERS.items() if isinstance(build(), UpdateRule)]
HIDDEN = [name for name in ACTIVATIONS if name not in ("softmax", "exp")]
PAIRS = [(g, L) for L in LOSSES for g in ACTIVATIONS if OUTPUT_OF_LOSS.get(L, g) == g]
NETWORKS = {
    "logistic regression": lw.Network((12, 1), ("sigmoid",)),
    "planar": lw.Network((2, 4, 1), ("tanh", "sigmoid")),
    "narrow": lw.Network((5, 7, 6, 3), ("gelu", "tanh", "softmax")),
    "odd": lw.Network((19, 37, 23, 5), ("mish", "softplus", "identity")),
    "wide": lw.Network((60, 130, 70, 10), ("tanh", "silu", "softmax")),
}


def both(net, m, **options):
    X, Y = examples(net, m)
    native, numpy = (
        lw.train(net, X, Y, **{"engine": engine, "dtype": "float64", "seed": 3, **options})
        for engine in ("native", "numpy")
    )
    return native, numpy


def distance(native, numpy):
    """Return how far the parameters are apart, in parts of the largest."""
    difference = np.abs(native.parameters.vector.astype(float) - numpy.parameters.vector).max()
    return difference / np.abs(numpy.parameters.vector).max()


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("optimizer", ["momentum", "adam"])
@pytest.mark.parametrize("batch_size", [None, 32])
def test_fifty_steps_in_double_precision(name, optimizer, batch_size):
    epochs = 50 if batch_size is None else 10  # of five steps
    native, numpy = both(NETWORKS[name], 150, epochs=epochs, batch_size=batch_size, optimizer=optimizer)
    assert native.progress.state.t == numpy.progress.state.t == 50
    assert distance(native, numpy) < 1e-12
    np.testing.assert_allclose(native.history.cost, numpy.history.cost, rtol=1e-12)


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("optimizer", RULES)
def test_an_epoch_of_batches_in_single_precision(name, optimizer):
    native, numpy = both(NETWORKS[name], 400, epochs=1, batch_size=32, optimizer=optimizer, dtype="float32")
    assert distance(native, numpy) < 1e-5
    np.testing.assert_allclose(native.history.cost, numpy.history.cost, rtol=1e-5)


@pytest.mark.parametrize(("output", "loss"), PAIRS)
def test_every_output_and_loss_under_every_rule(output, loss):
    for optimizer in RULES:
        for sizes, options in (((3, 5, 2), {"l2": 0.1}), ((11, 21, 9), {"batch_size": 13, "dropout": 0.3})):
            net = lw.Network(sizes, ("tanh", output), loss)
            start = {"initial": lw.initialize(net, 3, "normal", scale=0.2), "learning_rate": 0.003}
            native, numpy = both(net, 20, epochs=3, optimizer=optimizer, **start, **options)
            assert distance(native, numpy) < 1e-12, (optimizer, sizes)


@pytest.mark.parametrize("activation", HIDDEN)
@pytest.mark.parametrize("optimizer", RULES)
def test_every_hidden_activation_under_every_rule(activation, optimizer):
    for output in ("sigmoid", "softmax", "identity"):
        for sizes in ((2, 4, 3, 2), (9, 26, 18, 3)):
            net = lw.Network(sizes, ("tanh", activation, output))
            native, numpy = both(net, 24, epochs=4, batch_size=9, optimizer=optimizer, learning_rate=0.003)
            assert distance(native, numpy) < 1e-12, (output, sizes)


@pytest.mark.filterwarnings("ignore:Zero weights")
@pytest.mark.parametrize("method", INITIALIZERS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_learning_from_every_initializer(method, dtype):
    net = NETWORKS["narrow"]
    options = {"initial": lw.initialize(net, 3, method), "dtype": dtype, "epochs": 40, "optimizer": "adam"}
    native, numpy = both(net, 90, batch_size=30, learning_rate=0.01, **options)
    assert native.history.cost[-1] < native.history.cost[0]
    assert distance(native, numpy) < {"float32": 1e-4, "float64": 1e-12}[dtype]


@pytest.mark.parametrize("engines", [("native", "numpy"), ("numpy", "native")])
@pytest.mark.parametrize("optimizer", [*RULES, "lbfgs"])
def test_a_run_goes_on_with_the_other_engine(engines, optimizer):
    net, (X, Y), held_out = NETWORKS["narrow"], examples(NETWORKS["narrow"], 75), examples(NETWORKS["narrow"], 20, 1)
    options = {"optimizer": optimizer, "dtype": "float64", "validation": held_out, "early_stopping": 3, "l2": 0.1}
    if optimizer != "lbfgs":
        options |= {"batch_size": 20, "dropout": 0.2}
    first, second = engines
    part = lw.train(net, X, Y, epochs=4, engine=first, **options)
    result, whole = (lw.train(net, X, Y, epochs=9, engine=second, resume=before, **options) for before in (part, None))
    assert distance(result, whole) < 1e-9
    np.testing.assert_allclose(result.history.cost, whole.history.cost, rtol=1e-9)
    np.testing.assert_allclose(result.history.validation_cost, whole.history.validation_cost, rtol=1e-9)
    assert (result.stopped, result.best_epoch) == (whole.stopped, whole.best_epoch)


@pytest.mark.parametrize("name", NETWORKS)
def test_lbfgs(name):
    native, numpy = both(NETWORKS[name], 90, epochs=6, optimizer="lbfgs", l2=0.5)
    assert distance(native, numpy) < 1e-8
    np.testing.assert_allclose(native.history.cost, numpy.history.cost, rtol=1e-8)


@pytest.mark.parametrize("weighted", [False, True])
def test_layers_whose_derivatives_are_packed_in_panels(weighted):
    # dZ of 650 examples in 530 and 517 units, neither a multiple of a panel, is more than a megabyte
    net = lw.Network((40, 530, 517, 10), ("relu", "tanh", "softmax"))
    weights = {"sample_weight": np.random.default_rng(0).uniform(0.5, 2, 700)} if weighted else {}
    native, numpy = both(net, 700, epochs=2, batch_size=650, optimizer="adam", dropout=0.2, **weights)
    assert distance(native, numpy) < 1e-9
