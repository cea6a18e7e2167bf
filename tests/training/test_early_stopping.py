import numpy as np
import pytest

import layerwise as lw

RNG = np.random.default_rng(3)
NET = lw.Network((5, 20, 1), ("tanh", "sigmoid"))
X, X_val = RNG.normal(size=(5, 40)), RNG.normal(size=(5, 60))
Y, Y_val = ((x[:1] + 1.5 * RNG.normal(size=(1, x.shape[1])) > 0).astype(int) for x in (X, X_val))
OPTIONS = {"validation": (X_val, Y_val), "optimizer": "adam", "learning_rate": 0.03, "seed": 2, "batch_size": 16}


def run(epochs=80, **options):
    return lw.train(NET, X, Y, epochs=epochs, **{**OPTIONS, **options})


CURVE = run().history.validation_cost


def plain_rule(patience, min_improvement):
    """The last epoch of a run, from the whole curve."""
    reference, since = np.inf, 0
    for epoch, J in enumerate(CURVE):
        if reference - min_improvement > J:
            reference, since = J, 0
        else:
            since += 1
        if since == patience:
            return epoch
    return len(CURVE) - 1


def test_this_network_overfits():
    assert 0 < int(np.argmin(CURVE)) < 40 < len(CURVE)


@pytest.mark.parametrize("patience", [1, 3, 10])
@pytest.mark.parametrize("min_improvement", [0.0, 0.01])
def test_it_stops_by_the_rule_and_gives_the_best_back(patience, min_improvement):
    result = run(early_stopping=lw.EarlyStopping(patience, min_improvement))
    last = plain_rule(patience, min_improvement)
    best = int(np.argmin(CURVE[: last + 1]))
    assert last < 79
    assert (result.stopped, len(result.history), result.best_epoch) == ("early_stopping", last + 1, best)
    assert result.history.validation_cost == CURVE[: last + 1]
    assert result.parameters.vector.tobytes() == run(epochs=best + 1).parameters.vector.tobytes()


def test_the_last_parameters_stay_where_the_best_are_not_wanted():
    result = run(early_stopping=lw.EarlyStopping(3, restore_best=False))
    last = plain_rule(3, 0.0)
    assert (len(result.history), result.best_epoch) == (last + 1, int(np.argmin(CURVE[: last + 1])))
    assert result.parameters.vector.tobytes() == run(epochs=last + 1).parameters.vector.tobytes()


def test_the_best_are_given_back_also_where_the_run_ends_by_itself():
    result = run(epochs=30, early_stopping=100)
    best = int(np.argmin(CURVE[:30]))
    assert best < 29
    assert (result.stopped, len(result.history)) == ("epochs", 30)
    assert result.parameters.vector.tobytes() == run(epochs=best + 1).parameters.vector.tobytes()


def test_and_where_it_is_interrupted():
    class Interrupt:
        def on_epoch_end(self, state):
            if state.epoch == 25:
                raise KeyboardInterrupt

    result = run(early_stopping=100, callbacks=[Interrupt()])
    best = int(np.argmin(CURVE[:26]))
    assert (result.stopped, result.best_epoch) == ("interrupted", best)
    assert result.parameters.vector.tobytes() == run(epochs=best + 1).parameters.vector.tobytes()


def test_without_early_stopping_the_best_epoch_is_told_and_the_last_parameters_kept():
    result = run(epochs=30)
    assert result.best_epoch == int(np.argmin(CURVE[:30]))
    np.testing.assert_array_equal(result.predict(X_val), lw.predict(NET, run(epochs=30).parameters, X_val))


def test_a_validation_cost_that_is_infinite_at_first_is_no_best():
    # the penalty shrinks W by 9/10 a step, from where a validation example of 1e38 is too large for its type
    net = lw.Network((1, 1), ("identity",), "absolute_error")
    result = lw.train(net, [[0.0]], [[0.0]], validation=([[1e38]], [[0.0]]), l2=1.0, learning_rate=0.1, epochs=30,
                      early_stopping=30, initial=lw.Parameters([[[10.0]]], [[[0.0]]]))  # fmt: skip
    assert result.history.validation_cost[0] == np.inf
    assert result.best_epoch == 29
    assert abs(result.parameters.W[1][0, 0]) == pytest.approx(10 * 0.9**30, rel=1e-4)
