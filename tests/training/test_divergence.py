import dataclasses
import re

import numpy as np
import pytest

import layerwise as lw
from layerwise.engines import ENGINES
from layerwise.equations.optimizers import OPTIMIZERS, UpdateRule
from layerwise.errors import DivergenceWarning

RULES = [name for name, build in OPTIMIZERS.items() if isinstance(build(), UpdateRule)]
RNG = np.random.default_rng(0)
X = RNG.normal(size=(2, 24))
LABELS, NUMBERS = (X[:1] > 0).astype(int), 10 * X[1:] - X[:1]
WORDS = re.compile(
    r"^Training stopped, because (?:(?P<tensor>\w+\[(?P<of>\d)\]) of layer (?P<layer>\d)|the cost (?P<J>J)) is not "
    r"finite in step (?P<step>\d+) of epoch (?P<epoch>\d+)\. The parameters kept are those "
    r"(from before that step|of the best epoch)\. "
    r"A smaller learning_rate, standardised inputs or clip_norm help\.$"
)


@pytest.fixture(params=ENGINES)
def engine(request):
    return request.param


def diverge(net, X, Y, **options):
    with pytest.warns(DivergenceWarning) as caught:
        result = lw.train(net, X, Y, **options)
    assert len(caught) == 1
    said, found = WORDS.match(str(caught[0].message)), result.divergence
    assert said
    assert (found.epoch + 1, found.step + 1) == (int(said["epoch"]), int(said["step"]))
    assert found.tensor == (said["tensor"] or said["J"])
    assert found.layer == (int(said["layer"]) if said["layer"] else None)
    assert said["of"] == said["layer"]
    assert caught[0].filename == __file__  # the line that called train
    assert result.stopped == "diverged"
    assert np.isfinite(result.parameters.vector).all()
    assert np.isfinite(result.history.cost).all()
    assert len(result.history) == found.epoch
    assert result.progress is None
    return result


@pytest.mark.parametrize("optimizer", RULES)
@pytest.mark.parametrize("batch_size", [None, 5])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_rule_stops_in_the_step_with_the_parameters_from_before_it(engine, optimizer, batch_size, dtype):
    net = lw.Network((2, 4, 1), ("relu", "identity"))
    rate = 1e6 if "m" not in optimizer or optimizer == "momentum" else 1e36
    rate = {"rmsprop": 1e36, "adam": 1e36, "adamw": 1e36}.get(optimizer, rate)
    rate = rate if dtype == "float32" else rate**4
    options = {"optimizer": optimizer, "batch_size": batch_size, "dtype": dtype, "learning_rate": rate, "seed": 1}
    if optimizer == "adamw":
        options["optimizer"] = dataclasses.replace(OPTIMIZERS[optimizer](), weight_decay=0.0)
    result = diverge(net, X, NUMBERS, epochs=50, engine=engine, **options)
    found = result.divergence

    class StopThere:  # the same run, ended by hand just before that step, for which the NumPy engine asks last
        def factor(self, epoch, epochs):
            if epoch >= found.epoch + found.step / -(-24 // (batch_size or 24)) - 1e-9:
                raise KeyboardInterrupt
            return 1.0

    same = lw.train(net, X, NUMBERS, epochs=50, schedule=StopThere(), engine="numpy", **options)
    rtol = 0 if engine == "numpy" else {"float32": 1e-4, "float64": 1e-9}[dtype]
    np.testing.assert_allclose(result.parameters.vector, same.parameters.vector, rtol=rtol)
    np.testing.assert_allclose(result.history.cost, same.history.cost, rtol=rtol)
    assert (found.epoch, found.step) == (same.progress.epochs, same.progress.step)


def one(W, b=0.0, **options):
    return {"initial": lw.Parameters([[[W]]], [[[b]]]), "epochs": 5, **options}


@pytest.mark.parametrize(
    ("tensor", "output", "X", "Y", "options"),
    [
        ("Z[1]", "identity", 1e30, 0.0, one(1e30)),
        ("A[1]", "exp", 1.0, 0.0, one(1000.0)),
        ("J", "identity", 1e30, 0.0, one(1.0)),
        ("dW[1]", "sigmoid", 3e38, 0.0, one(0.0)),
        ("dW[1]", "sigmoid", 3e38, 0.0, one(0.0, clip_norm=1.0)),
        ("W[1]", "sigmoid", 100.0, 0.0, one(0.0, learning_rate=1e38)),
        ("b[1]", "identity", 0.0, 100.0, one(0.0, learning_rate=3e38)),
    ],
)
def test_the_first_tensor_that_is_not_finite_is_named(engine, tensor, output, X, Y, options):
    net = lw.Network((1, 1), (output,))
    result = diverge(net, np.full((1, 4), X), np.full((1, 4), Y), engine=engine, **options)
    assert result.divergence.tensor == tensor
    assert (result.divergence.epoch, result.divergence.step) == (0, 0)
    np.testing.assert_array_equal(result.parameters.vector, options["initial"].vector.astype("float32"))


def test_the_layer_is_named(engine):
    net = lw.Network((1, 2, 2, 1), ("relu", "relu", "identity"))
    eye, zero = np.eye(2), np.zeros((2, 1))
    initial = lw.Parameters([np.ones((2, 1)), eye * 1e30, np.ones((1, 2))], [zero, zero, np.zeros((1, 1))])
    assert diverge(net, [[1e20]], [[0.0]], initial=initial, engine=engine).divergence.tensor == "Z[2]"


def test_a_derivative_on_its_way_back_is_named(engine):
    # dA[2] = W[3]ᵀ dZ[3] overflows behind a finite cost: |ŷ − y| has derivative ±1
    net = lw.Network((1, 1, 1, 1), ("tanh", "tanh", "identity"), "absolute_error")
    zero = [[0.0]]
    initial = lw.Parameters([[[0.0]], [[3e30]], [[3e30]]], [zero, zero, zero])
    result = diverge(net, [[1.0]], [[1.0]], initial=initial, learning_rate=1e-30, engine=engine)
    assert result.divergence.tensor == "dZ[1]"


def test_lbfgs_can_only_diverge_where_it_starts(engine):
    options = {"optimizer": "lbfgs", "engine": engine}
    start = lw.Parameters([[[1.0]]], [[[0.0]]])
    result = diverge(
        lw.Network((1, 1), ("identity",)), np.full((1, 3), 1e30), np.zeros((1, 3)), initial=start, **options
    )
    assert (result.divergence.tensor, len(result.history)) == ("J", 0)
    assert lw.train(lw.Network((2, 1), ("identity",)), X * 1e10, NUMBERS, **options).stopped != "diverged"


def test_large_numbers_that_cancel_are_no_divergence(engine):
    # the sum of the parameters overflows, each is finite
    net = lw.Network((2, 1), ("identity",), "absolute_error")
    initial = lw.Parameters([[[3e38, 3e38]]], [[[0.0]]])
    X = [[1e-3, 1e-3], [-1e-3, -1e-3]]
    result = lw.train(net, X, [[0.0, 0.0]], initial=initial, epochs=3, engine=engine)
    assert result.stopped == "epochs"


def test_a_cross_entropy_survives_a_learning_rate_of_a_million(engine):
    net = lw.Network((2, 4, 1), ("tanh", "sigmoid"))
    result = lw.train(net, X, LABELS, learning_rate=1e6, epochs=50, engine=engine)
    assert result.stopped == "epochs"
    assert np.isfinite(result.history.cost).all()


def test_the_best_parameters_are_given_back_after_a_divergence(engine):
    net, options = lw.Network((2, 1), ("identity",)), {"learning_rate": 5.0, "engine": engine}
    result = diverge(net, X, NUMBERS, epochs=500, validation=(X, NUMBERS), early_stopping=400, **options)
    J = result.history.validation_cost
    assert result.best_epoch == int(np.argmin(J)) == 0
    np.testing.assert_array_equal(
        result.parameters.vector, lw.train(net, X, NUMBERS, epochs=1, **options).parameters.vector
    )


def test_on_train_end_hears_of_it():
    class Ending:
        def on_epoch_end(self, state):
            pass

        def on_train_end(self, result):
            self.stopped = result.stopped

    callback = Ending()
    diverge(lw.Network((1, 1), ("identity",)), [[1e30]], [[0.0]], **one(1.0), callbacks=[callback])
    assert callback.stopped == "diverged"
