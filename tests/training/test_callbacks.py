import numpy as np
import pytest

import layerwise as lw
from layerwise.engines import Directive
from layerwise.equations.schedules import StepDecay
from layerwise.errors import ParameterError
from layerwise.training.callbacks import reporter

RNG = np.random.default_rng(0)
X = RNG.normal(size=(2, 24))
Y = (X[:1] > X[1:]).astype(int)
NET = lw.Network((2, 3, 1), ("tanh", "sigmoid"))


class Calling:
    """A callback from a function."""

    def __init__(self, function):
        self.function = function

    def on_epoch_end(self, state):
        self.function(state)


def train(*functions, **options):
    return lw.train(NET, X, Y, **{"epochs": 6, **options}, callbacks=[Calling(function) for function in functions])


def test_it_sees_what_the_history_will_show():
    seen = []
    result = train(
        lambda s: seen.append((s.epoch, s.epochs, s.cost, s.validation_cost, s.metrics["accuracy"], s.learning_rate)),
        validation=(X, Y), schedule="cosine",
    )  # fmt: skip
    h = result.history
    assert seen == list(
        zip(range(6), [6] * 6, h.cost, h.validation_cost, h.metrics["accuracy"], [0.1] * 6, strict=True)
    )


def test_a_rate_changed_under_a_schedule_gets_the_factor_once():
    result = train(
        lambda s: setattr(s, "learning_rate", 0.5 * s.learning_rate), epochs=3, schedule=StepDecay(gamma=0.1, every=1)
    )
    np.testing.assert_allclose(result.history.learning_rate, [0.1, 0.05 * 0.1, 0.025 * 0.01], rtol=1e-12)


def test_lbfgs_takes_no_rate():
    with pytest.raises(ParameterError, match="A callback cannot set the learning_rate of lbfgs"):
        train(lambda s: setattr(s, "learning_rate", 0.5), optimizer="lbfgs")


def test_without_validation_there_is_none():
    seen = []
    train(lambda s: seen.append((s.validation_cost, s.metrics)), epochs=1)
    assert seen == [(None, {})]


def test_it_sees_the_parameters_after_the_epoch_and_cannot_spoil_them():
    seen = []

    def look(state):
        seen.append(state.parameters.vector.copy())
        state.parameters.vector[:] = np.nan

    result = train(look)
    assert result.stopped == "epochs"
    for e, vector in enumerate(seen):
        np.testing.assert_array_equal(vector, train(epochs=e + 1).parameters.vector)


def test_it_may_stop_the_run():
    result = train(lambda s: s.stop() if s.epoch == 2 else None)
    assert (result.stopped, len(result.history)) == ("callback", 3)
    np.testing.assert_array_equal(result.parameters.vector, train(epochs=3).parameters.vector)


def test_it_may_change_the_learning_rate():
    def halve(state):
        state.learning_rate /= 2

    result = train(halve, learning_rate=0.8)
    assert result.history.learning_rate == [0.8, 0.4, 0.2, 0.1, 0.05, 0.025]
    np.testing.assert_array_equal(
        train(halve, learning_rate=0.8).parameters.vector,
        train(
            learning_rate=0.8, schedule=type("Halving", (), {"factor": lambda self, e, n: 0.5**e})()
        ).parameters.vector,
    )


def test_a_schedule_is_multiplied_onto_the_rate_it_sets():
    def set_rate(state):
        state.learning_rate = 0.3

    result = train(set_rate, learning_rate=0.8, schedule="inverse_time")
    assert result.history.learning_rate == pytest.approx([0.8, *(0.3 / (1 + e) for e in range(1, 6))])


def test_it_may_do_both():
    def both(state):
        state.stop()
        state.learning_rate = 0.1
        state.stop()
        assert state.directive == Directive(stop=True, learning_rate=0.1)

    assert train(both).stopped == "callback"


def test_all_are_called_in_their_order_and_share_a_state():
    calls = []

    def first(state):
        calls.append(("first", state.epoch))
        state.learning_rate = 0.5

    train(first, lambda s: calls.append(("second", s.epoch, s.learning_rate)), epochs=2)
    assert calls == [("first", 0), ("second", 0, 0.5), ("first", 1), ("second", 1, 0.5)]


def test_one_may_be_given_alone():
    calls = []
    lw.train(NET, X, Y, epochs=2, callbacks=Calling(calls.append))
    assert len(calls) == 2


def test_the_end_is_told_with_the_result():
    class Ending:
        def on_epoch_end(self, state):
            state.stop()

        def on_train_end(self, result):
            self.result = result

    callback = Ending()
    result = lw.train(NET, X, Y, callbacks=[Calling(lambda s: None), callback])
    assert callback.result is result


def test_an_error_in_a_callback_comes_through():
    def fail(state):
        raise ZeroDivisionError("in the callback")

    with pytest.raises(ZeroDivisionError, match="in the callback"):
        train(fail)


@pytest.mark.parametrize("rate", [0, -1.0, np.inf, "fast"])
def test_a_rate_outside_its_range(rate):
    def set_rate(state):
        state.learning_rate = rate

    with pytest.raises(ParameterError, match=r"'learning_rate' parameter of the callback's state must be .*\(0, inf\)"):
        train(set_rate)


def test_nobody_listening_costs_nothing():
    assert reporter((), 10, lambda outcome: outcome) is None
