"""What every engine owes to embeddings: the steps of the equations, whatever acts on a run."""

import numpy as np
import pytest

import layerwise as lw
from contract.runs import RULES
from layerwise import Embedding
from layerwise.engines import ENGINES, Examples, TrainingData, TrainingPlan
from layerwise.engines.sparse import SparseInputs
from layerwise.equations import backward, cost, forward
from layerwise.equations.optimizers import OPTIMIZERS
from layerwise.equations.regularizers import clip_by_global_norm, dropout_masks
from layerwise.equations.schedules import Constant
from layerwise.errors import DivergenceWarning, ParameterError

EMBEDDINGS = [
    Embedding(5, 3),
    Embedding(4, None),
    Embedding(6, 8, ordered=True),
    Embedding(3, None, ordered=True),
    Embedding(2, 2, ordered=True),
]
NET = lw.Network((2 + 3 + 4 + 8 + 2 + 2, 7, 2), ("tanh", "identity"), embeddings=EMBEDDINGS)
M = 23


def examples(m=M, seed=0):
    rng = np.random.default_rng(seed)
    positions = [(rng.uniform if e.ordered else rng.integers)(-1, e.positions, m) for e in EMBEDDINGS]
    return np.vstack([rng.normal(size=(2, m)), *positions]), rng.normal(size=(2, m))


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("weighted", [False, True])
def test_full_batches_are_the_steps_of_the_equations(train, name, weighted):
    X, Y = examples()
    w = np.random.default_rng(3).uniform(0.2, 3, M) if weighted else None
    rule, theta, state, costs = OPTIMIZERS[name](), lw.initialize(NET, 2), None, []
    for step in range(4):
        run = forward(NET, theta, X, dropout_masks(NET, (0.3,), M, 2, step))
        costs.append(cost(NET, theta, run, Y, 0.4, w))
        grad = clip_by_global_norm(backward(NET, theta, run, Y, 0.4, w), 0.6)
        theta, state = rule.step(theta, grad, state)
    found = train(
        NET, X, Y, optimizer=name, epochs=4, l2=0.4, dropout=0.3, clip_norm=0.6, seed=2, sample_weight=w
    )  # fmt: skip
    np.testing.assert_allclose(found.history.cost, costs, rtol=1e-12)
    np.testing.assert_allclose(found.parameters.vector, theta.vector, rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize("batch_size", [1, 5, 22, 23])
@pytest.mark.parametrize("shuffle", [True, False])
def test_batches_are_those_of_the_numpy_engine(train, batch_size, shuffle):
    X, Y = examples()
    options = {"batch_size": batch_size, "shuffle": shuffle, "epochs": 3, "optimizer": "adam", "seed": 4,
               "validation": examples(11, seed=1), "l2": 0.1}  # fmt: skip
    found, expected = train(NET, X, Y, **options), lw.train(NET, X, Y, engine="numpy", dtype="float64", **options)
    np.testing.assert_allclose(found.parameters.vector, expected.parameters.vector, rtol=1e-9, atol=1e-13)
    np.testing.assert_allclose(found.history.cost, expected.history.cost, rtol=1e-12)
    np.testing.assert_allclose(found.history.validation_cost, expected.history.validation_cost, rtol=1e-12)


def test_lbfgs_learns_the_tables(train):
    X, Y = examples()
    found = train(NET, X, Y, optimizer="lbfgs", epochs=8, seed=4)
    expected = lw.train(NET, X, Y, optimizer="lbfgs", epochs=8, seed=4, engine="numpy", dtype="float64")
    np.testing.assert_allclose(found.history.cost, expected.history.cost, rtol=1e-7)
    start = lw.initialize(NET, 4)
    for j in (0, 2, 4):
        assert (found.parameters.E[j] != start.E[j]).any()


@pytest.mark.parametrize("optimizer", ["momentum", "adam", "lbfgs"])
@pytest.mark.parametrize("epochs", [1, 2, 4])
def test_a_resumed_run_has_the_same_bits(train, optimizer, epochs):
    X, Y = examples()
    options = {"optimizer": optimizer, "seed": 6, "validation": examples(9, seed=1), "dtype": "float32"}
    if optimizer != "lbfgs":
        options |= {"batch_size": 6, "dropout": 0.2}
    whole = train(NET, X, Y, epochs=5, **options)
    part = train(NET, X, Y, epochs=epochs, **options)
    resumed = train(NET, X, Y, epochs=5, resume=part, **options)
    assert resumed.parameters.vector.tobytes() == whole.parameters.vector.tobytes()
    assert resumed.history == whole.history


def test_a_run_starts_from_what_is_given_and_early_stopping_gives_the_best_back(train):
    X, Y = examples()
    initial = lw.initialize(NET, 9)
    one = train(NET, X, Y, initial=initial, epochs=1, learning_rate=1e-300)
    np.testing.assert_allclose(one.parameters.vector, initial.vector, rtol=0, atol=1e-299)
    result = train(NET, X, Y, validation=examples(9, seed=1), early_stopping=1, epochs=200, optimizer="adam",
                   learning_rate=0.1)  # fmt: skip
    assert result.restored
    X_v, Y_v = examples(9, seed=1)
    best = cost(NET, result.parameters, forward(NET, result.parameters, X_v), Y_v)
    np.testing.assert_allclose(best, result.history.validation_cost[result.best_epoch], rtol=1e-12)


def test_a_table_that_is_the_unit_matrix_starts_as_a_one_hot_network(train):
    rng = np.random.default_rng(8)
    levels, Y = rng.integers(0, 4, 30), rng.normal(size=(1, 30))
    one_hot, coded = (lw.Network((4, 3, 1), ("tanh", "identity"), embeddings=e) for e in ([], [Embedding(4, None)]))
    learnt = lw.Network((4, 3, 1), ("tanh", "identity"), embeddings=[Embedding(4, 4)])
    theta = lw.initialize(one_hot, 1)
    X, options = levels[None], {"epochs": 3, "batch_size": 8, "seed": 1}
    expected = train(one_hot, np.eye(4)[levels].T, Y, initial=theta, **options)
    coded_as = train(coded, X, Y, initial=lw.Parameters(theta.W, theta.b, [None]), **options)
    np.testing.assert_allclose(coded_as.parameters.vector, expected.parameters.vector, rtol=1e-12)
    found = train(learnt, X, Y, initial=lw.Parameters(theta.W, theta.b, [np.eye(4)]), **{**options, "epochs": 1})
    assert (found.parameters.E[0] != np.eye(4)).any()
    whole = {"epochs": 1, "batch_size": None}
    np.testing.assert_allclose(
        train(learnt, X, Y, initial=lw.Parameters(theta.W, theta.b, [np.eye(4)]), **whole).history.cost,
        train(one_hot, np.eye(4)[levels].T, Y, initial=theta, **whole).history.cost,
        rtol=1e-13,
    )


def test_levels_that_no_example_has_stay(train):
    X, Y = examples()
    X[2] = np.minimum(X[2], 2)
    theta = lw.initialize(NET, 5)
    found = train(NET, X, Y, optimizer="momentum", epochs=5, batch_size=7, initial=theta)
    np.testing.assert_array_equal(found.parameters.E[0][:, 3:], theta.E[0][:, 3:])
    assert (found.parameters.E[0][:, 0] != theta.E[0][:, 0]).all()


@pytest.mark.parametrize(
    ("W", "e", "weight", "options", "tensor"),
    [
        (1e200, 1e-200, 1e150, {"learning_rate": 1.0}, r"dE\[0\]"),
        (1e200, 0.0, 1.0, {"optimizer": "rmsprop"}, r"s of dE\[0\]"),
        (100.0, 0.0, 1.0, {"learning_rate": 1e308}, r"E\[0\]"),
    ],
)
def test_a_divergence_of_a_table_is_named(train, W, e, weight, options, tensor):
    net = lw.Network((1, 1), ("identity",), "absolute_error", [Embedding(2, 1)])
    theta = lw.Parameters([[[W]]], [[[0.0]]], [[[e, 1.0]]])
    with pytest.warns(DivergenceWarning, match=f"because {tensor} is not finite in step 1 of epoch 1\\."):
        found = train(net, [[0.0]], [[-1.0]], initial=theta, sample_weight=[weight], **options)
    assert found.divergence.layer is None
    np.testing.assert_array_equal(found.parameters.vector, theta.vector)


def test_sparse_positions_are_refused_by_the_core_and_taken_by_the_equations():
    X, Y = examples()
    features, example = np.nonzero(X.T)[1], np.nonzero(X.T)[0]
    starts = np.searchsorted(example, np.arange(M + 1))
    sparse = SparseInputs(len(X), X.T[X.T != 0], features.astype(np.int32), starts.astype(np.int64))
    plan = TrainingPlan(
        NET, lw.initialize(NET, 1), OPTIMIZERS["adam"](), epochs=2, batch_size=5, seed=0, l2=0.0, dropout=(0.0,),
        clip_norm=None, schedule=Constant(), early_stopping=None, metrics=(), threads=None,
    )  # fmt: skip
    for name, build in ENGINES.items():
        dense = build().run(plan, TrainingData(Examples(X, Y)))
        if name == "numpy":
            found = build().run(plan, TrainingData(Examples(sparse, Y)))
            assert found.parameters.vector.tobytes() == dense.parameters.vector.tobytes()
        else:
            for data in (TrainingData(Examples(sparse, Y)), TrainingData(Examples(X, Y), Examples(sparse, Y))):
                with pytest.raises(
                    ParameterError,
                    match=r"^The native engine takes the positions of embeddings from a dense X\. Got a sparse one: "
                    r"use X\.dense\(\), or engine='numpy'\.$",
                ):
                    build().run(plan, data)
