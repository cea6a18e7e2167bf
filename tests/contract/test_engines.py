"""What every engine owes: `layerwise.train` means the same on each."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize

import layerwise as lw
from layerwise.engines import ENGINES
from layerwise.equations import backward, forward
from layerwise.equations.optimizers import LBFGS, OPTIMIZERS, AdamW, GradientDescent, UpdateRule
from layerwise.equations.schedules import SCHEDULES, Constant
from layerwise.equations.streams import Purpose, permutation
from oracles import gradients, laws, mean_loss, propagate, random_parameters

RULES = [name for name, build in OPTIMIZERS.items() if isinstance(build(), UpdateRule)]


@pytest.fixture(params=ENGINES)
def train(request):
    """`layerwise.train` on one engine, in double precision unless told otherwise."""

    def on_engine(*arguments, **options):
        return lw.train(*arguments, **{"engine": request.param, "dtype": "float64", **options})

    return on_engine


def data(m=30, n_x=2, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_x, m))
    return X, (X[:1] * X[1:2] + 0.3 * rng.normal(size=(1, m)) > 0).astype(float)


def start(sizes, spread=0.7, seed=1):
    return lw.Parameters(*random_parameters(sizes, np.random.default_rng(seed), spread))


class Ramp:
    """A schedule that is different in every step."""

    def factor(self, epoch, epochs):
        return 1 + epoch


@dataclasses.dataclass(frozen=True)
class Listing:
    """A schedule that counts the steps of a run: factor k in step k = 1, 2, ..."""

    steps: list

    def factor(self, epoch, epochs):
        self.steps.append(epoch)
        return float(len(self.steps))


def batches_of(train, m, batch_size, epochs=1, seed=0, weights=None):
    """W[1] after a run in which example i moves its own weight alone, by 1/(size of its batch)."""
    # X is the identity, so W[1][0, i] belongs to example i; the derivative of |ŷ − y| is −1 for y far above
    net = lw.Network((m, 1), ("identity",), "absolute_error")
    result = train(
        net,
        np.eye(m),
        np.full((1, m), 1e9),
        batch_size=batch_size,
        epochs=epochs,
        seed=seed,
        learning_rate=1.0,
        initial=lw.Parameters([np.zeros((1, m))], [np.zeros((1, 1))]),
        sample_weight=weights,
    )
    return result.parameters.W[1][0]


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
        np.testing.assert_allclose(result.history.cost, costs, rtol=1e-12)
        np.testing.assert_allclose(result.parameters.vector, lw.Parameters(W, b).vector, rtol=1e-10, atol=1e-12)
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
            np.testing.assert_array_equal(sorted(moved), np.arange(1, m + 1) + m * epoch)

    def test_the_order_depends_on_the_seed_alone(self, train):
        one, same, other = (batches_of(train, 30, 7, seed=seed) for seed in (3, 3, 4))
        np.testing.assert_array_equal(one, same)
        assert (one != other).any()
        heavier = batches_of(train, 30, 7, seed=3, weights=np.full(30, 2.0))
        np.testing.assert_allclose(heavier, one, rtol=1e-13)

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
            np.testing.assert_allclose(result.history.cost, [expected] * 2, rtol=1e-12)

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
        assert result.history.cost[0] == pytest.approx(sum(costs) / 8, rel=1e-13)
        np.testing.assert_allclose(result.parameters.vector, [*W[1][0], *b[1][0]], rtol=1e-12)

    def test_the_penalty_has_the_m_of_all_examples(self, train):
        # X = 0 and Y = 0: nothing moves W but the penalty, by 1 − α λ/m in each of the 3 steps
        net = lw.Network((2, 1), ("identity",))
        initial = lw.Parameters([[[3.0, -2.0]]], [[[0.0]]])
        result = train(net, np.zeros((2, 10)), np.zeros((1, 10)), batch_size=4, epochs=1, learning_rate=0.5, l2=0.6,
                       initial=initial)  # fmt: skip
        np.testing.assert_allclose(result.parameters.W[1], initial.W[1] * (1 - 0.5 * 0.6 / 10) ** 3, rtol=1e-13)


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
            np.testing.assert_allclose(weighted.parameters.vector, repeated.parameters.vector, rtol=1e-11, atol=1e-13)
            np.testing.assert_allclose(weighted.history.cost, repeated.history.cost, rtol=1e-12)

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
        np.testing.assert_allclose(sole.parameters.vector, by_hand.vector, rtol=1e-12)


class TestRates:
    @pytest.mark.parametrize("name", SCHEDULES)
    def test_a_schedule_multiplies_the_rate_of_every_step(self, train, name):
        # X = 0: the bias moves by the learning rate of each step
        factor = SCHEDULES[name]().factor
        net = lw.Network((1, 1), ("identity",), "absolute_error")
        result = train(
            net,
            np.zeros((1, 8)),
            np.full((1, 8), 1e9),
            batch_size=2,
            epochs=6,
            learning_rate=0.3,
            schedule=name,
            initial=lw.Parameters([[[0.0]]], [[[0.0]]]),
        )
        expected = [0.3 * factor(epoch + step / 4, 6) for epoch in range(6) for step in range(4)]
        assert result.parameters.b[1][0, 0] == pytest.approx(sum(expected), rel=1e-12)
        assert result.history.learning_rate == pytest.approx(expected[3::4], rel=1e-14)

    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    def test_a_factor_of_numpy_leaves_the_floating_type(self, train, dtype):
        class Half:
            def factor(self, epoch, epochs):
                return np.float64(0.5)

        X, Y = data()
        result = train(lw.Network((2, 1), ("sigmoid",)), X, Y, epochs=2, schedule=Half(), dtype=dtype)
        assert result.parameters.dtype == dtype
        assert [type(rate) for rate in result.history.learning_rate] == [float, float]

    @pytest.mark.parametrize("optimizer", RULES)
    def test_every_rule_follows_the_schedule(self, train, optimizer):
        X, Y = data()
        net, initial = lw.Network((2, 1), ("sigmoid",)), start((2, 1))
        ramp, flat = (train(net, X, Y, epochs=3, optimizer=optimizer, initial=initial, schedule=schedule)
                      for schedule in (Ramp(), Constant()))  # fmt: skip
        assert (ramp.parameters.vector != flat.parameters.vector).all()
        assert ramp.history.cost[:2] == flat.history.cost[:2]

    def test_weight_decay_follows_it_too(self, train):
        net = lw.Network((1, 1), ("identity",))
        result = train(
            net,
            np.zeros((1, 2)),
            np.zeros((1, 2)),
            epochs=3,
            schedule=Ramp(),
            initial=lw.Parameters([[[1.0]]], [[[0.0]]]),
            optimizer=GradientDescent(0.1, weight_decay=0.2),
        )
        expected = (1 - 0.1 * 0.2) * (1 - 0.2 * 0.2) * (1 - 0.3 * 0.2)
        assert result.parameters.W[1][0, 0] == pytest.approx(expected, rel=1e-14)
        assert AdamW().weight_decay == 0.01


class TestRegularization:
    NET = lw.Network((2, 4, 3, 1), ("tanh", "tanh", "sigmoid"))

    def moved(self, train, dropout):
        X, Y = data()
        initial = start(self.NET.sizes)
        after = train(self.NET, X, Y, epochs=1, dropout=dropout, initial=initial, learning_rate=1.0).parameters
        return [(after.W[l] != initial.W[l]).any() for l in (1, 2, 3)]

    def test_dropout_is_by_layer(self, train):
        assert self.moved(train, (0.0, 0.0)) == [True, True, True]
        assert self.moved(train, (1.0, 0.0)) == [False, False, True]  # W2 sees A1 = 0, W3 the biases of layer 2
        assert self.moved(train, (0.0, 1.0)) == [False, False, False]
        assert self.moved(train, 1.0) == [False, False, False]

    def test_half_of_the_units_are_dropped_and_the_rest_doubled(self, train):
        # one identity unit after 1000 hidden ones that are all tanh(1) at one example: ŷ is the mean of A[1]
        n = 1000
        net = lw.Network((1, n, 1), ("tanh", "identity"))
        initial = lw.Parameters([np.zeros((n, 1)), np.full((1, n), 1 / n)], [np.ones((n, 1)), np.zeros((1, 1))])
        result = train(
            net, np.zeros((1, 1)), np.zeros((1, 1)), epochs=1, dropout=0.5, initial=initial, learning_rate=1e-9
        )
        kept = np.sqrt(2 * result.history.cost[0]) / np.tanh(1) / 2
        assert kept * n == pytest.approx(round(kept * n), abs=1e-6)
        assert abs(kept - 0.5) < 4 * 0.5 / np.sqrt(n)
        touched = (result.parameters.W[2] != initial.W[2]).sum()
        assert touched == round(kept * n)

    def test_masks_differ_by_step_and_seed_and_validation_has_none(self, train):
        X, Y = data()
        options = {"dropout": 0.5, "epochs": 3, "learning_rate": 1e-200, "initial": start(self.NET.sizes)}
        one = train(self.NET, X, Y, validation=(X, Y), seed=1, **options).history
        other = train(self.NET, X, Y, validation=(X, Y), seed=2, **options).history
        plain = train(self.NET, X, Y, **{**options, "dropout": 0.0}).history
        assert len({*one.cost, *other.cost}) == 6
        assert one.validation_cost == other.validation_cost == pytest.approx(plain.cost)

    def test_clipping_shortens_the_step_and_keeps_its_direction(self, train):
        X, Y = data()
        initial = start(self.NET.sizes)
        options = {"initial": initial, "epochs": 1, "learning_rate": 1.0}
        free = train(self.NET, X, Y, **options).parameters.vector - initial.vector
        short = train(self.NET, X, Y, clip_norm=0.01, **options).parameters.vector - initial.vector
        loose = train(self.NET, X, Y, clip_norm=1e6, **options).parameters.vector - initial.vector
        assert np.linalg.norm(short) == pytest.approx(0.01, rel=1e-9)
        np.testing.assert_allclose(short / 0.01, free / np.linalg.norm(free), rtol=1e-7)
        np.testing.assert_array_equal(loose, free)


class TestValidation:
    @pytest.mark.parametrize("weighted", [False, True])
    def test_cost_and_metrics_after_each_epoch(self, train, weighted):
        X, Y = data()
        X_val, Y_val = data(m=11, seed=9)
        w = np.arange(11.0) if weighted else None
        net, initial = lw.Network((2, 3, 1), ("tanh", "sigmoid")), start((2, 3, 1))
        options = {"initial": initial, "learning_rate": 0.5, "l2": 2.0}
        validation = (X_val, Y_val, w) if weighted else (X_val, Y_val)
        history = train(net, X, Y, epochs=4, validation=validation, **options).history
        for e in range(4):
            theta = train(net, X, Y, epochs=e + 1, **options).parameters
            Y_hat = propagate(theta.W, theta.b, net.activations, X_val)[1][-1]
            right = (Y_hat[0] > 0.5) == (Y_val[0] > 0.5)
            expected = mean_loss("binary_cross_entropy", theta.W, Y_hat, Y_val, 0.0, w)
            assert history.validation_cost[e] == pytest.approx(expected, rel=1e-12)
            assert history.metrics["accuracy"][e] == pytest.approx(np.average(right, weights=w))
        assert set(history.metrics) == {"accuracy"}

    def test_it_is_only_looked_at(self, train):
        X, Y = data()
        net = lw.Network((2, 3, 1), ("tanh", "sigmoid"))
        seen = train(net, X, Y, epochs=5, batch_size=7, dropout=0.2, validation=data(m=9, seed=3))
        blind = train(net, X, Y, epochs=5, batch_size=7, dropout=0.2)
        assert seen.parameters.vector.tobytes() == blind.parameters.vector.tobytes()
        assert (blind.history.validation_cost, blind.history.metrics, blind.best_epoch) == ([], {}, None)
        assert seen.best_epoch == int(np.argmin(seen.history.validation_cost))

    def test_numbers_have_rmse_and_mae(self, train):
        X, _ = data()
        Y = X[:1] - 2 * X[1:]
        result = train(lw.Network((2, 1), ("identity",)), X, Y, epochs=3, validation=(X, Y))
        r = result.predict(X) - Y
        assert result.history.metrics["rmse"][-1] == pytest.approx(np.sqrt((r**2).mean()))
        assert result.history.metrics["mae"][-1] == pytest.approx(abs(r).mean())


class TestBits:
    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    @pytest.mark.parametrize("optimizer", OPTIMIZERS)
    def test_same_seed_same_bits(self, train, optimizer, dtype):
        X, Y = data()
        net = lw.Network((2, 5, 1), ("relu", "sigmoid"))
        batches = {} if optimizer == "lbfgs" else {"batch_size": 8, "dropout": 0.3}
        options = {"epochs": 4, "optimizer": optimizer, "dtype": dtype, "validation": (X, Y), **batches}
        one, same = (train(net, X, Y, seed=9, **options) for _ in range(2))
        assert one.parameters.vector.tobytes() == same.parameters.vector.tobytes()
        assert one.history == same.history
        assert one.parameters.dtype == dtype
        assert train(net, X, Y, seed=10, **options).parameters.vector.tobytes() != one.parameters.vector.tobytes()

    @pytest.mark.parametrize("integer", [int, np.int8, np.int32, np.int64, np.uint64])
    def test_any_integer_is_a_seed(self, train, integer):
        X, Y = data()
        net = lw.Network((2, 5, 1), ("relu", "sigmoid"))
        one, same = (train(net, X, Y, seed=seed, batch_size=8, dropout=0.3, epochs=2) for seed in (9, integer(9)))
        assert one.parameters.vector.tobytes() == same.parameters.vector.tobytes()

    @pytest.mark.parametrize("layout", ["C", "F", "table", "strided", "readonly", "list"])
    @pytest.mark.parametrize("batch_size", [None, 8])
    def test_the_layout_of_the_memory_changes_no_result(self, train, layout, batch_size):
        X, Y = data()
        wide = np.empty((2, 60))
        wide[:, ::2] = X
        readonly = X.copy()
        readonly.setflags(write=False)
        given = {"C": np.ascontiguousarray(X), "F": np.asfortranarray(X), "table": np.ascontiguousarray(X.T).T,
                 "strided": wide[:, ::2], "readonly": readonly, "list": X.tolist()}[layout]  # fmt: skip
        net, options = lw.Network((2, 4, 1), ("tanh", "sigmoid")), {"epochs": 5, "batch_size": batch_size, "seed": 1}
        expected = train(net, X, Y, **options).parameters.vector
        np.testing.assert_allclose(train(net, given, Y, **options).parameters.vector, expected, rtol=1e-12)

    def test_single_precision_agrees_with_double(self, train):
        X, Y = data()
        net, options = (
            lw.Network((2, 4, 1), ("tanh", "sigmoid")),
            {"epochs": 20, "batch_size": 8, "initial": start((2, 4, 1))},
        )
        single, double = (train(net, X, Y, dtype=dtype, **options) for dtype in ("float32", "float64"))
        np.testing.assert_allclose(single.parameters.vector, double.parameters.vector, rtol=1e-3, atol=1e-5)
        np.testing.assert_allclose(single.history.cost, double.history.cost, rtol=1e-4)

    def test_what_is_given_is_not_changed(self, train):
        X, Y = data()
        w, initial = np.arange(1.0, 31), start((2, 3, 1))
        arrays = (X, Y, w, initial.vector)
        kept = [array.copy() for array in arrays]
        for array in arrays:
            array.setflags(write=False)
        result = train(
            lw.Network((2, 3, 1), ("tanh", "sigmoid")), X, Y, sample_weight=w, initial=initial, epochs=2, batch_size=7
        )
        for before, after in zip(kept, arrays, strict=True):
            np.testing.assert_array_equal(before, after)
        assert not np.shares_memory(result.parameters.vector, initial.vector)


class TestLBFGS:
    def test_logistic_regression_ends_where_scipy_does(self, train):
        X, Y = data(m=200)
        w = np.random.default_rng(5).uniform(0.5, 2, 200)

        def J(vector):
            W, b = [None, vector[None, :2]], [None, vector[2:, None]]
            _, _, dW, db = gradients("binary_cross_entropy", W, b, ("sigmoid",), X, Y, 1.0, w)
            cost = mean_loss("binary_cross_entropy", W, propagate(W, b, ("sigmoid",), X)[1][-1], Y, 1.0, w)
            return cost, np.concatenate([dW[1].ravel(), db[1].ravel()])

        scipys = optimize.minimize(J, np.zeros(3), jac=True, options={"gtol": 1e-10})
        net = lw.Network((2, 1), ("sigmoid",))
        result = train(net, X, Y, optimizer=LBFGS(tolerance=1e-9), l2=1.0, sample_weight=w, epochs=200)
        assert result.stopped == "converged"
        assert len(result.history) < 30
        np.testing.assert_allclose(result.parameters.vector, scipys.x, atol=1e-8)
        assert (np.diff(result.history.cost) < 0).all()
        assert result.history.cost[-1] == pytest.approx(scipys.fun, rel=1e-9)

    def test_a_hidden_layer_in_single_precision(self, train):
        X = np.array([[0.0, 0, 1, 1], [0, 1, 0, 1]])
        result = train(
            lw.Network((2, 4, 1), ("tanh", "sigmoid")),
            X,
            [[0, 1, 1, 0]],
            optimizer="lbfgs",
            epochs=200,
            seed=3,
            dtype="float32",
        )
        assert result.parameters.dtype == np.float32
        np.testing.assert_array_equal(result.predict(X).round(), [[0, 1, 1, 0]])

    def test_epochs_are_steps(self, train):
        X, Y = data()
        net = lw.Network((2, 4, 1), ("tanh", "sigmoid"))
        costs = [train(net, X, Y, optimizer="lbfgs", epochs=e, validation=(X, Y)).history for e in (1, 2, 5)]
        assert [len(history) for history in costs] == [1, 2, 5]
        assert costs[2].cost[:2] == costs[1].cost
        assert costs[2].validation_cost[:4] == pytest.approx(costs[2].cost[1:], rel=1e-14)

    def test_at_the_minimum_it_has_converged(self, train):
        initial = lw.Parameters([[[1.0]]], [[[0.0]]])
        result = train(
            lw.Network((1, 1), ("identity",)), [[1.0, 2.0]], [[1.0, 2.0]], optimizer="lbfgs", initial=initial
        )
        assert result.stopped == "converged"
        np.testing.assert_array_equal(result.parameters.vector, initial.vector)
