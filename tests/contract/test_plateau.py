"""A run ends where its cost has not fallen for long enough: by scikit-learn's rule, on every engine."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import layerwise as lw
from contract.runs import data, plan
from layerwise.engines import ENGINES, Directive, Examples, Plateau, TrainingData
from layerwise.equations.optimizers import LBFGS, Adam, GradientDescent
from oracles import laws

X, Y = data()
EXAMPLES = TrainingData(Examples(X, Y))
NET = lw.Network((2, 4, 1), ("tanh", "sigmoid"))
PLANS = {
    "gradient descent": plan(NET, optimizer=GradientDescent(2.0), epochs=80),
    "adam": plan(NET, optimizer=Adam(0.05), epochs=80, batch_size=7),
    "lbfgs": plan(NET, optimizer=LBFGS(tolerance=0), batch_size=None, epochs=80),
}
costs = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e6, max_value=1e6)
curves = st.lists(st.one_of(costs, st.integers(-3, 3).map(float)), max_size=40)


@pytest.fixture(params=ENGINES)
def engine(request):
    return ENGINES[request.param]()


def last_epoch(curve, patience, tolerance, lowest=math.inf, waited=0):
    """How many epochs a run has, by the lines of `BaseMultilayerPerceptron._update_no_improvement_count`."""
    for epoch, cost in enumerate(curve, start=1):
        if cost > lowest - tolerance:
            waited += 1
        else:
            waited = 0
        if cost < lowest:
            lowest = cost
        if waited > patience:
            return epoch
    return None


@laws
@given(curves, st.integers(0, 5), st.sampled_from([0.0, 0.5, 1.0, 1e-4]), st.integers(0, 5))
def test_the_rule_is_that_of_scikit_learn(curve, patience, tolerance, waited):
    rule, ended = Plateau(patience, tolerance, 1.0, min(waited, patience)), None
    for epoch, cost in enumerate(curve, start=1):
        assert not rule.ends
        rule = rule.after(cost)
        if rule.ends:
            ended = epoch
            break
    assert ended == last_epoch(curve, patience, tolerance, 1.0, min(waited, patience))


@pytest.mark.parametrize("name", PLANS)
@pytest.mark.parametrize("patience", [0, 1, 3, 10, math.inf])
@pytest.mark.parametrize("tolerance", [0.0, 1e-3, 0.05, math.inf])
def test_it_ends_a_run_where_the_rule_says_so(engine, name, patience, tolerance):
    whole = engine.run(PLANS[name], EXAMPLES)
    found = engine.run(dataclasses.replace(PLANS[name], plateau=Plateau(patience, tolerance)), EXAMPLES)
    ends = last_epoch(whole.cost, patience, tolerance)
    assert found.stopped == (whole.stopped if ends is None else "plateau")
    assert found.cost == whole.cost[:ends]


def test_some_of_these_runs_do_end(engine):
    for each in PLANS.values():
        assert engine.run(dataclasses.replace(each, plateau=Plateau(3, 0.05)), EXAMPLES).stopped == "plateau"


@pytest.mark.parametrize("name", PLANS)
def test_it_knows_of_the_epochs_before_the_run(engine, name):
    rule = Plateau(4, 0.02)
    whole = engine.run(dataclasses.replace(PLANS[name], plateau=rule), EXAMPLES)
    assert whole.stopped == "plateau"
    for epochs in (1, len(whole.cost) - 2, len(whole.cost) - 1):
        part, now = engine.run(dataclasses.replace(PLANS[name], epochs=epochs), EXAMPLES), rule
        for cost in part.cost:
            now = now.after(cost)
        rest = dataclasses.replace(PLANS[name], plateau=now, initial=part.progress.parameters, resume=part.progress)
        found = engine.run(rest, EXAMPLES)
        np.testing.assert_array_equal(part.cost + found.cost, whole.cost)
        assert found.stopped == "plateau"


@pytest.mark.parametrize("name", PLANS)
def test_a_run_that_goes_on_from_a_plateau_has_no_epoch(engine, name):
    part = engine.run(dataclasses.replace(PLANS[name], epochs=3), EXAMPLES)
    over = Plateau(2, 0.1, lowest=0.0, waited=3)
    rest = dataclasses.replace(PLANS[name], plateau=over, initial=part.progress.parameters, resume=part.progress)
    found = engine.run(rest, EXAMPLES)
    assert (found.stopped, found.cost) == ("plateau", [])
    assert found.parameters.vector.tobytes() == part.parameters.vector.tobytes()


def test_a_callback_comes_before_it_and_the_last_epoch_after_it(engine):
    def stop(told):
        return Directive(stop=told.epoch == 2)

    never_better = Plateau(2, 1e9, lowest=0.0)
    each = dataclasses.replace(PLANS["adam"], plateau=never_better, epochs=3)
    found = engine.run(each, EXAMPLES)
    assert (found.stopped, len(found.cost)) == ("plateau", 3)
    assert engine.run(each, EXAMPLES, stop).stopped == "callback"


def test_validation_examples_change_nothing_of_it(engine):
    looked_at = TrainingData(EXAMPLES.training, EXAMPLES.training)
    for each in PLANS.values():
        each = dataclasses.replace(each, plateau=Plateau(3, 0.05))
        assert engine.run(each, looked_at).stopped == "plateau"
