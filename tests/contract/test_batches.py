"""Full batches, mini-batches and weights of examples mean the same on every engine."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import layerwise as lw
from contract.runs import RULES, Listing, batches_of, data, start
from layerwise.engines import ENGINES
from layerwise.equations import backward, forward
from layerwise.equations.optimizers import OPTIMIZERS
from layerwise.equations.streams import Purpose, permutation
from oracles import gradients, laws, mean_loss, propagate, random_parameters


class TestFullBatch:
    @pytest.mark.parametrize(
        ("sizes", "g"),
        [((2, 1), ("sigmoid",)), ((2, 4, 1), ("tanh", "sigmoid")), ((2, 5, 3, 1), ("relu", "tanh", "sigmoid"))],
    )
    @pytest.mark.parametrize("weighted", [False, True])
    def test_it_is_the_loop_of_the_course(self, train, sizes, g, weighted):
        X, Y = data()
        w = np.random.default_rng(2).uniform(0, 2, 30) if weighted else None
        W, b = random_parameters(sizes, np.random.default_rng(1), 0.7)
        initial, costs = lw.Parameters(W, b), []
        for _ in range(60):
            costs.append(mean_loss("binary_cross_entropy", W, propagate(W, b, g, X)[1][-1], Y, 0.2, w))
            _, _, dW, db = gradients("binary_cross_entropy", W, b, g, X, Y, 0.2, w)
            W = [None, *(W[l] - 0.5 * dW[l] for l in range(1, len(W)))]
            b = [None, *(b[l] - 0.5 * db[l] for l in range(1, len(b)))]
        net = lw.Network(sizes, g)
        result = train(net, X, Y, initial=initial, learning_rate=0.5, epochs=60, l2=0.2, sample_weight=w)
        np.testing.assert_allclose(result.history.cost, costs, rtol=1e-10)
        np.testing.assert_allclose(result.parameters.vector, lw.Parameters(W, b).vector, rtol=1e-9, atol=1e-11)
        assert (result.stopped, len(result.history)) == ("epochs", 60)
        assert result.history.learning_rate == [0.5] * 60

    @pytest.mark.parametrize("batch_size", [None, 30, 31, 10**9])
    def test_a_batch_of_all_examples_is_not_shuffled(self, train, batch_size):
        X, Y = data()
        net = lw.Network((2, 1), ("sigmoid",))
        one, other = (train(net, X, Y, batch_size=size, epochs=5, initial=start((2, 1))) for size in (None, batch_size))
        assert one.parameters.vector.tobytes() == other.parameters.vector.tobytes()


class TestMiniBatches:
    @pytest.mark.parametrize(("m", "size"), [(10, 4), (9, 3), (7, 1), (11, 10), (5, 5), (1, 1)])
    def test_every_example_once_an_epoch_and_the_last_batch_with_its_true_size(self, train, m, size):
        sizes = [size] * (m // size) + ([m % size] if m % size else [])
        expected = sorted(1 / s for s in sizes for _ in range(s))
        np.testing.assert_allclose(sorted(batches_of(train, m, size)), expected, rtol=1e-12)

    def test_the_order_is_that_of_the_documented_stream_and_new_in_every_epoch(self, train):
        m, net = 12, lw.Network((12, 1), ("identity",), "absolute_error")
        states = []

        class Keep:
            def on_epoch_end(self, state):
                states.append(state.parameters.W[1][0])

        train(
            net,
            np.eye(m),
            np.full((1, m), 1e9),
            batch_size=1,
            epochs=3,
            seed=77,
            learning_rate=1.0,
            callbacks=[Keep()],
            initial=lw.Parameters([np.zeros((1, m))], [np.zeros((1, 1))]),
            schedule=Listing([]),
        )
        for epoch, moved in enumerate(np.diff([np.zeros(m), *states], axis=0)):
            np.testing.assert_array_equal(np.argsort(moved), permutation(m, 77, Purpose.SHUFFLE, epoch))
            np.testing.assert_allclose(sorted(moved), np.arange(1, m + 1) + m * epoch, rtol=1e-12)

    def test_the_order_depends_on_the_seed_alone(self, train):
        one, same, other = (batches_of(train, 30, 7, seed=seed) for seed in (3, 3, 4))
        np.testing.assert_array_equal(one, same)
        assert (one != other).any()
        heavier = batches_of(train, 30, 7, seed=3, weights=np.full(30, 2.0))
        np.testing.assert_allclose(heavier, one, rtol=1e-12)

    @pytest.mark.parametrize("weighted", [False, True])
    @pytest.mark.parametrize("l2", [0.0, 0.8])
    def test_the_cost_of_an_epoch_is_the_mean_over_its_examples(self, train, weighted, l2):
        # with a learning rate of almost nothing all batches see the same parameters
        X, Y = data(m=23)
        w = np.arange(23.0) if weighted else None
        W, b = random_parameters((2, 3, 1), np.random.default_rng(4))
        expected = mean_loss("binary_cross_entropy", W, propagate(W, b, ("tanh", "sigmoid"), X)[1][-1], Y, l2, w)
        net = lw.Network((2, 3, 1), ("tanh", "sigmoid"))
        for size in (1, 4, 22, 23):
            result = train(net, X, Y, batch_size=size, epochs=2, learning_rate=1e-200, l2=l2, sample_weight=w,
                           initial=lw.Parameters(W, b))  # fmt: skip
            np.testing.assert_allclose(result.history.cost, [expected] * 2, rtol=1e-11)

    def test_a_cost_is_taken_before_its_update(self, train):
        X, Y = data(m=8)
        net, initial = lw.Network((2, 1), ("sigmoid",)), start((2, 1))
        order = permutation(8, 5, Purpose.SHUFFLE, 0)
        W, b, costs = initial.W, initial.b, []
        for batch in (order[:3], order[3:6], order[6:]):
            A = propagate(W, b, ("sigmoid",), X[:, batch])[1][-1]
            costs.append(len(batch) * mean_loss("binary_cross_entropy", W, A, Y[:, batch]))
            _, _, dW, db = gradients("binary_cross_entropy", W, b, ("sigmoid",), X[:, batch], Y[:, batch])
            W, b = [None, W[1] - 0.9 * dW[1]], [None, b[1] - 0.9 * db[1]]
        result = train(net, X, Y, batch_size=3, epochs=1, learning_rate=0.9, seed=5, initial=initial)
        assert result.history.cost[0] == pytest.approx(sum(costs) / 8, rel=1e-11)
        np.testing.assert_allclose(result.parameters.vector, [*W[1][0], *b[1][0]], rtol=1e-11)

    def test_the_penalty_has_the_m_of_all_examples(self, train):
        # X = 0 and Y = 0: nothing moves W but the penalty, by 1 − α λ/m in each of the 3 steps
        net = lw.Network((2, 1), ("identity",))
        initial = lw.Parameters([[[3.0, -2.0]]], [[[0.0]]])
        result = train(net, np.zeros((2, 10)), np.zeros((1, 10)), batch_size=4, epochs=1, learning_rate=0.5, l2=0.6,
                       initial=initial)  # fmt: skip
        np.testing.assert_allclose(result.parameters.W[1], initial.W[1] * (1 - 0.5 * 0.6 / 10) ** 3, rtol=1e-12)


class TestWeights:
    @laws
    @given(st.lists(st.integers(0, 3), min_size=6, max_size=6).filter(any))
    def test_weight_two_is_the_row_twice(self, counts):
        X, Y = data(m=6)
        net, initial = lw.Network((2, 3, 1), ("tanh", "sigmoid")), start((2, 3, 1))
        options = {"initial": initial, "epochs": 4, "learning_rate": 0.7, "l2": 0.3, "dtype": "float64"}
        for engine in ENGINES:
            weighted = lw.train(net, X, Y, sample_weight=counts, engine=engine, **options)
            rows = [np.repeat(array, counts, axis=1) for array in (X, Y)]
            repeated = lw.train(net, *rows, engine=engine, **options)
            np.testing.assert_allclose(weighted.parameters.vector, repeated.parameters.vector, rtol=1e-10, atol=1e-12)
            np.testing.assert_allclose(weighted.history.cost, repeated.history.cost, rtol=1e-10)

    def test_a_batch_of_weight_zero_moves_nothing(self, train):
        weights = np.array([1.0, 0, 2, 0, 0, 1])
        np.testing.assert_array_equal(batches_of(train, 6, 1, weights=weights) != 0, weights > 0)

    @pytest.mark.parametrize("optimizer", RULES)
    def test_nor_does_it_in_any_rule(self, train, optimizer):
        X, Y = data(m=4)
        net, weights = lw.Network((2, 1), ("sigmoid",)), [1, 1, 0, 0]
        order = list(permutation(4, 0, Purpose.SHUFFLE, 0))
        sole = train(
            net, X, Y, batch_size=1, epochs=1, optimizer=optimizer, sample_weight=weights, initial=start((2, 1))
        )
        kept = [i for i in order if weights[i]]
        by_hand, state = start((2, 1)), None

        for i in kept:
            run = forward(net, by_hand, X[:, [i]])
            by_hand, state = OPTIMIZERS[optimizer]().step(by_hand, backward(net, by_hand, run, Y[:, [i]]), state)
        np.testing.assert_allclose(sole.parameters.vector, by_hand.vector, rtol=1e-10)
