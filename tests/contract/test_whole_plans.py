"""What estimators plan beyond `layerwise.train`: sparse inputs, the penalty by batch, an order that stays."""

import dataclasses

import numpy as np
import pytest

import layerwise as lw
from contract.runs import plan, sparse
from layerwise.engines import ENGINES, Examples, TrainingData
from layerwise.equations import backward, cost, forward
from layerwise.equations.losses import Loss
from layerwise.equations.optimizers import LBFGS, Adam, GradientDescent

M = 53


@pytest.fixture(params=ENGINES)
def engine(request):
    return ENGINES[request.param]()


def examples(n_x=7, n_y=2, weighted=False, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_x, M)) * (rng.random((n_x, M)) < 0.3)
    X[:, 4] = 0
    w = rng.uniform(0.5, 2, (1, M)) if weighted else None
    return Examples(X, rng.normal(size=(n_y, M)), w)


@pytest.mark.parametrize("sizes", [(7, 5, 2), (7, 90, 80, 2)], ids=["narrow", "wide"])
@pytest.mark.parametrize("batch_size", [None, 10, 53, 1])
@pytest.mark.parametrize("weighted", [False, True])
def test_sparse_inputs_give_the_bits_of_dense_ones(engine, sizes, batch_size, weighted):
    net = lw.Network(sizes, ("relu",) * (len(sizes) - 2) + ("identity",))
    dense = examples(weighted=weighted)
    data = [dense, dataclasses.replace(dense, X=sparse(dense.X))]
    found = [engine.run(plan(net, optimizer=Adam(), batch_size=batch_size), TrainingData(each, each)) for each in data]
    assert found[0].parameters.vector.tobytes() == found[1].parameters.vector.tobytes()
    assert found[0].cost == found[1].cost
    assert found[0].validation_cost == found[1].validation_cost


def test_lbfgs_takes_sparse_inputs(engine):
    net = lw.Network((7, 5, 2), ("tanh", "identity"))
    dense = examples()
    found = [
        engine.run(plan(net, optimizer=LBFGS(), batch_size=None, epochs=20), TrainingData(each))
        for each in (dense, dataclasses.replace(dense, X=sparse(dense.X)))
    ]
    assert found[0].cost == found[1].cost
    assert found[0].cost[-1] < found[0].cost[0]


def test_a_divergence_on_sparse_inputs_is_located(engine):
    net = lw.Network((7, 5, 2), ("relu", "identity"))
    dense = examples()
    huge = plan(net, optimizer=GradientDescent(1e200), epochs=5)
    found = engine.run(huge, TrainingData(dataclasses.replace(dense, X=sparse(dense.X))))
    assert found.divergence == engine.run(huge, TrainingData(dense)).divergence
    assert found.divergence is not None


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("by_batch", [False, True])
def test_batches_in_their_order_and_the_penalty_of_a_batch(engine, weighted, by_batch):
    net, data, rate, l2 = lw.Network((7, 4, 2), ("tanh", "identity")), examples(weighted=weighted), 0.05, 0.7
    found = engine.run(
        plan(net, optimizer=GradientDescent(rate), l2=l2, shuffle=False, l2_by_batch=by_batch), TrainingData(data)
    )
    theta, costs, total = lw.initialize(net, 1), [], data.total_weight
    for _ in range(3):
        summed = 0.0
        for first in range(0, M, 10):
            chosen = np.arange(first, min(first + 10, M))
            X, Y = data.X[:, chosen], data.Y[:, chosen]
            w = None if data.sample_weight is None else data.sample_weight[:, chosen]
            m = len(chosen) if w is None else w.sum()
            own = l2 if by_batch else l2 * m / total  # λ/2m with the m of the batch, or of all
            run = forward(net, theta, X)
            summed += m * cost(net, theta, run, Y, own, w)
            theta, _ = GradientDescent(rate).step(theta, backward(net, theta, run, Y, own, w))
        costs.append(summed / total)
    np.testing.assert_allclose(found.cost, costs, rtol=1e-12)
    np.testing.assert_allclose(found.parameters.vector, theta.vector, rtol=1e-9, atol=1e-12)


def test_lbfgs_stops_at_its_evaluations_and_where_it_is_flat(engine):
    net, data = lw.Network((7, 5, 2), ("tanh", "identity")), TrainingData(examples())
    few = engine.run(plan(net, optimizer=LBFGS(max_evaluations=6), batch_size=None, epochs=100), data)
    assert few.stopped == "evaluations"
    assert few.progress.state.evaluations >= 6
    flat = engine.run(plan(net, optimizer=LBFGS(relative_decrease=0.01), batch_size=None, epochs=100), data)
    assert flat.stopped == "flat"
    assert flat.cost[-1] - flat.progress.state.point.J < 0.01


def test_lbfgs_resumed_with_other_examples_begins_anew(engine):
    net = lw.Network((7, 5, 2), ("tanh", "identity"))
    first = engine.run(plan(net, optimizer=LBFGS(), batch_size=None, epochs=8), TrainingData(examples()))
    other = TrainingData(examples(seed=9))
    resumed = plan(net, optimizer=LBFGS(), batch_size=None, epochs=12, initial=first.parameters)
    found = engine.run(dataclasses.replace(resumed, resume=first.progress), other)
    fresh = engine.run(dataclasses.replace(resumed, epochs=4), other)
    assert found.parameters.vector.tobytes() == fresh.parameters.vector.tobytes()


def test_a_loss_of_ones_own_is_that_loss():
    halves = Loss(lambda Z, A, Y: 0.5 * (A - Y) ** 2, lambda A, Y: A - Y)
    net = lw.Network((7, 4, 2), ("tanh", "identity"), loss=halves)
    named = lw.Network((7, 4, 2), ("tanh", "identity"))
    data = examples()
    own, known = (lw.train(each, data.X, data.Y, epochs=5, dtype="float64", engine=e, initial=lw.initialize(named, 1))
                  for each, e in ((net, "auto"), (named, "numpy")))  # fmt: skip
    np.testing.assert_allclose(own.parameters.vector, known.parameters.vector, rtol=1e-12)
    np.testing.assert_array_equal(own.predict(data.X), lw.predict(named, own.parameters, data.X))
    with pytest.raises(
        lw.network.ParameterError, match="A network with a loss of your own cannot be described by names"
    ):
        net.to_config()
