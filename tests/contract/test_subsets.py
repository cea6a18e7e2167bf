"""What is learnt from a subset, or block by block, is what is learnt from copies, or in that order."""

import numpy as np
import pytest

import layerwise as lw
from contract.runs import data, plan, sparse
from layerwise.engines import ENGINES, Examples, TrainingData
from layerwise.equations.metrics import METRICS, Metric
from layerwise.equations.optimizers import LBFGS, Adam
from layerwise.errors import DataError, ParameterError

NET = lw.Network((4, 6, 1), ("tanh", "sigmoid"))
M = 97
X, Y = data(M, 4)
WEIGHTS = np.random.default_rng(3).uniform(0.5, 2, M)
NAMES = ("accuracy", "auc", "log_loss")
SUBSETS = {
    "ascending": np.arange(0, M, 2),
    "in any order": np.random.default_rng(4).permutation(M)[:50],
    "all": np.arange(M),
    "one": np.array([5]),
    "with repetitions": np.random.default_rng(5).integers(0, M, 60),
}


def bits(result):
    history = result.history
    return result.parameters.vector.tobytes(), history.cost, history.validation_cost, history.metrics, result.stopped


@pytest.mark.parametrize("name", SUBSETS)
@pytest.mark.parametrize("batch_size", [None, 8, 97])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("shuffle", [True, False, lw.BlockShuffle(7, 21)], ids=["shuffled", "in order", "by blocks"])
def test_a_subset_has_the_bits_of_its_copy(train, name, batch_size, weighted, shuffle):
    chosen, w = SUBSETS[name], WEIGHTS if weighted else None
    options = {"batch_size": batch_size, "shuffle": shuffle, "epochs": 4, "optimizer": "adam", "l2": 0.1, "seed": 9}
    options |= {"dropout": 0.2, "clip_norm": 1.0, "validation": (X[:, :9], Y[:, :9])}
    with_subset = train(NET, X, Y, sample_weight=w, subset=chosen, **options)
    of_copy = train(NET, X[:, chosen], Y[:, chosen], sample_weight=None if w is None else w[chosen], **options)
    assert bits(with_subset) == bits(of_copy)


def test_lbfgs_takes_a_subset(train):
    chosen = SUBSETS["in any order"]
    one = train(NET, X, Y, subset=chosen, optimizer="lbfgs", epochs=5)
    assert bits(one) == bits(train(NET, X[:, chosen], Y[:, chosen], optimizer="lbfgs", epochs=5))


SPREAD = Metric("spread", lambda Y_hat, Y, w: Y_hat.max() - Y_hat.min(), greater_is_better=True)


class TestValidation:
    """Validation examples that are a subset, which the engines take from those who hold a table for many runs."""

    @pytest.mark.parametrize("engine", ENGINES)
    @pytest.mark.parametrize("name", SUBSETS)
    @pytest.mark.parametrize("weighted", [False, True])
    @pytest.mark.parametrize("is_sparse", [False, True])
    @pytest.mark.parametrize("rule", [Adam(0.01), LBFGS()], ids=["adam", "lbfgs"])
    def test_a_subset_is_looked_at_as_its_copy(self, engine, name, weighted, is_sparse, rule):
        chosen = SUBSETS[name].astype(np.uint32)
        w = WEIGHTS.reshape(1, -1) if weighted else None
        subset = Examples(sparse(X) if is_sparse else X, Y, w, chosen)
        options = {"batch_size": 16} if isinstance(rule, Adam) else {"batch_size": None}
        each = plan(NET, optimizer=rule, epochs=4, metrics=(*map(METRICS.get, NAMES), SPREAD), **options)
        found, copy = (
            ENGINES[engine]().run(each, TrainingData(Examples(X, Y), examples))
            for examples in (subset, Examples(*subset.arrays()))
        )
        assert found.validation_cost == copy.validation_cost
        assert repr(found.metrics) == repr(copy.metrics)  # the AUC of one example is NaN
        assert len(found.metrics) == len(NAMES) + 1
        assert all(len(values) == len(found.cost) > 0 for values in found.metrics.values())

    @pytest.mark.parametrize("engine", ENGINES)
    def test_it_stops_a_run_as_its_copy(self, engine):
        chosen = SUBSETS["in any order"].astype(np.uint32)
        subset = Examples(X, Y, None, chosen)
        stops = lw.EarlyStopping(patience=3, monitor="auc")
        each = plan(NET, optimizer=Adam(0.05), epochs=90, early_stopping=stops, metrics=(METRICS["auc"],))
        found, copy = (
            ENGINES[engine]().run(each, TrainingData(Examples(X, Y), examples))
            for examples in (subset, Examples(*subset.arrays()))
        )
        assert found.stopped == copy.stopped == "early_stopping"
        assert found.best_epoch == copy.best_epoch
        assert found.parameters.vector.tobytes() == copy.parameters.vector.tobytes()


def test_a_weight_of_0_is_no_example_of_a_subset(train):
    w = WEIGHTS.copy()
    w[::3] = 0
    chosen = SUBSETS["in any order"]
    counted = chosen[w[chosen] > 0]
    one = train(NET, X, Y, sample_weight=w, subset=chosen, batch_size=8, epochs=3)
    assert bits(one) == bits(train(NET, X[:, counted], Y[:, counted], sample_weight=w[counted], batch_size=8, epochs=3))
    with pytest.raises(DataError, match="must not be 0 in all columns of the subset"):
        train(NET, X, Y, sample_weight=w, subset=[0, 3, 6], epochs=3)


def test_a_diverging_step_of_a_subset_is_found_in_its_own_examples(train):
    wide, chosen = X.copy(), SUBSETS["in any order"]
    wide[0, chosen[3]] = 1e300
    net = lw.Network((4, 6, 1), ("relu", "identity"))
    with pytest.warns(lw.errors.DivergenceWarning):
        one = train(net, wide, Y, subset=chosen, batch_size=8, epochs=3)
    with pytest.warns(lw.errors.DivergenceWarning):
        other = train(net, wide[:, chosen], Y[:, chosen], batch_size=8, epochs=3)
    assert one.divergence == other.divergence
    assert one.divergence is not None


@pytest.mark.parametrize("block", [1, 5, 8, 16, 97])
def test_a_buffer_for_all_examples_changes_no_bit(train, block):
    options = {"batch_size": 8, "epochs": 4, "optimizer": "adam", "seed": 9}
    whole = train(NET, X, Y, shuffle=lw.BlockShuffle(block, M), **options)
    assert bits(whole) == bits(train(NET, X, Y, **options))


@pytest.mark.parametrize(("block", "buffer"), [(1, 1), (5, 20), (8, 8), (16, 40), (60, 97)])
@pytest.mark.parametrize("batch_size", [1, 8, 64])
def test_blocks_are_taken_in_the_order_that_is_written_down(train, block, buffer, batch_size):
    shuffle = lw.BlockShuffle(block, buffer)
    by_blocks = train(NET, X, Y, shuffle=shuffle, batch_size=batch_size, epochs=1, seed=3)
    order = shuffle.order(M, 3, 0)
    in_order = train(NET, X[:, order], Y[:, order], shuffle=False, batch_size=batch_size, epochs=1, seed=3)
    assert bits(by_blocks) == bits(in_order)


@pytest.mark.parametrize("batch_size", [8, 64])
def test_a_run_by_blocks_goes_on_within_an_epoch(train, batch_size):
    options = {"shuffle": lw.BlockShuffle(6, 20), "batch_size": batch_size, "epochs": 3, "optimizer": "adam", "seed": 5}
    whole = train(NET, X, Y, **options)
    part = train(NET, X, Y, **options, callbacks=[_Interrupting()])
    assert part.stopped == "interrupted"
    assert bits(train(NET, X, Y, **options, resume=part)) == bits(whole)


class _Interrupting:
    def on_epoch_end(self, state):
        raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("subset", "said"),
    [
        ([], "must be a one-dimensional array of whole numbers, at least one"),
        ([[0, 1]], r"Got int64 of shape \(1, 2\)"),
        ([0.5], "Got float64"),
        ([True, False], "Got bool"),
        ([0, M], f"must name columns of X, from 0 to {M - 1}. Got {M}."),
        ([-1, 2], f"from 0 to {M - 1}. Got -1."),
    ],
)
def test_a_subset_names_columns(train, subset, said):
    with pytest.raises(ParameterError, match=said):
        train(NET, X, Y, subset=subset)
