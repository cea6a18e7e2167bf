"""L-BFGS in the C++ core takes the steps of the equations, ends as they do, and goes on from where it stood."""

import dataclasses
import math
import os
import signal
import threading

import numpy as np
import pytest

import layerwise as lw
from layerwise.engines import Directive, Examples, TrainingData, TrainingPlan
from layerwise.engines.sparse import SparseInputs
from layerwise.equations.lbfgs import LBFGSState
from layerwise.equations.optimizers import LBFGS
from layerwise.equations.schedules import Constant
from layerwise.errors import ParameterError

native_engine = pytest.importorskip("layerwise.engines.native_engine")
from layerwise.engines import _native  # noqa: E402 - where there is one
from layerwise.engines.numpy_engine import NumpyEngine  # noqa: E402

NATIVE, NUMPY = native_engine.NativeEngine(), NumpyEngine()
RNG = np.random.default_rng(3)
M = 200
X = RNG.normal(size=(8, M))
Y = (RNG.normal(size=(1, 8)) @ X + RNG.normal(size=(1, M)) > 0).astype(float)
CLASSES = np.eye(3)[(X[:3] + 0.3 * RNG.normal(size=(3, M))).argmax(axis=0)].T
WEIGHTS = RNG.uniform(0.5, 2, size=(1, M))
LOGISTIC = lw.Network((8, 1), ("sigmoid",))


def data(Y=Y, weights=None, subset=None, dtype=float):
    return TrainingData(
        Examples(X.astype(dtype), Y.astype(dtype), None if weights is None else weights.astype(dtype), subset)
    )


def plan(net=LOGISTIC, *, dtype=float, initial=None, **options):
    theta = lw.initialize(net, 1).astype(dtype) if initial is None else initial
    defaults = {
        "network": net,
        "initial": theta,
        "optimizer": LBFGS(),
        "epochs": 100,
        "batch_size": None,
        "seed": 0,
        "l2": 1.0,
        "dropout": (0.0,) * (net.L - 1),
        "clip_norm": None,
        "schedule": Constant(),
        "early_stopping": None,
        "metrics": (),
        "threads": 1,
    }
    return TrainingPlan(**{**defaults, **options})


def bits(outcome):
    state = outcome.progress.state
    vectors = [outcome.parameters.vector, state.point.vector, state.point.g, *(v for pair in state.pairs for v in pair)]
    return (
        [vector.tobytes() for vector in vectors],
        (outcome.stopped, state.arrived, state.evaluations, state.point.J, outcome.progress.epochs),
    )


PROBLEMS = {
    "logistic": (LOGISTIC, data()),
    "weighted": (LOGISTIC, data(weights=WEIGHTS)),
    "a subset": (LOGISTIC, data(weights=WEIGHTS, subset=np.arange(150, 3, -2, dtype=np.uint32))),
    "classes": (lw.Network((8, 3), ("softmax",)), data(CLASSES)),
    "hidden": (lw.Network((8, 5, 1), ("tanh", "sigmoid")), data()),
}


@pytest.mark.parametrize("name", PROBLEMS)
def test_the_steps_are_those_of_the_equations(name):
    net, examples = PROBLEMS[name]
    for epochs in (1, 2, 10):
        found, expected = (engine.run(plan(net, epochs=epochs), examples) for engine in (NATIVE, NUMPY))
        np.testing.assert_allclose(found.cost, expected.cost, rtol=1e-9)
        np.testing.assert_allclose(found.parameters.vector, expected.parameters.vector, rtol=1e-5, atol=1e-7)
        state, other = found.progress.state, expected.progress.state
        assert (state.evaluations, len(state.pairs), state.arrived) == (other.evaluations, len(other.pairs), None)
        for pair, its in zip(state.pairs, other.pairs, strict=True):
            np.testing.assert_allclose(pair, its, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("name", ["logistic", "weighted", "a subset", "classes"])
def test_the_minimum_is_that_of_the_equations_after_as_many_steps(name):
    net, examples = PROBLEMS[name]
    found, expected = (engine.run(plan(net), examples) for engine in (NATIVE, NUMPY))
    assert found.stopped == expected.stopped == "converged"
    assert len(found.cost) == len(expected.cost)
    assert found.cost[-1] == pytest.approx(expected.cost[-1], rel=1e-12)
    assert found.learning_rate == expected.learning_rate
    np.testing.assert_allclose(found.parameters.vector, expected.parameters.vector, atol=1e-4)


def test_single_precision_comes_as_near_as_it_can():
    found = NATIVE.run(plan(dtype=np.float32, optimizer=LBFGS(tolerance=1e-4)), data(dtype=np.float32))
    expected = NUMPY.run(plan(), data())
    state = found.progress.state
    assert found.stopped == "converged"
    assert found.cost[-1] == pytest.approx(expected.cost[-1], rel=1e-5)
    assert {v.dtype for v in (found.parameters.vector, state.point.g, *state.pairs[0])} == {np.dtype(np.float32)}


@pytest.mark.parametrize("net", [LOGISTIC, lw.Network((8, 1), ("exp",), "poisson")])
def test_a_search_of_many_trials_makes_those_of_the_equations(net):
    trials = []
    for scale in (1e-4, 1e-2, 30.0, 1e3):  # makes the first step far too short, or too long
        examples = TrainingData(Examples(scale * X, Y))
        start = lw.Parameters([np.zeros((1, 8))], [np.zeros((1, 1))])
        whole = plan(net, initial=start, l2=1e-9, epochs=8)
        found, expected = NATIVE.run(whole, examples), NUMPY.run(whole, examples)
        assert found.progress.state.evaluations == expected.progress.state.evaluations
        np.testing.assert_allclose(found.cost, expected.cost, rtol=1e-9)
        trials.append(expected.progress.state.evaluations - 1)
    assert max(trials) > 12 > min(trials)


class TestEnds:
    def run(self, examples=None, report=None, **options):
        return NATIVE.run(plan(**options), examples or data(), report)

    @pytest.mark.parametrize(
        ("optimizer", "stopped"),
        [
            (LBFGS(), "converged"),
            (LBFGS(relative_decrease=1e-3), "flat"),
            (LBFGS(max_evaluations=5), "evaluations"),
            (LBFGS(max_evaluations=1), "evaluations"),
            (LBFGS(tolerance=0.0), "stalled"),
            (LBFGS(memory=1, relative_decrease=1e-9), "flat"),
            (LBFGS(memory=2**70, max_evaluations=2**70), "converged"),
        ],
    )
    def test_where_the_equations_do(self, optimizer, stopped):
        found, expected = (engine.run(plan(optimizer=optimizer), data()) for engine in (NATIVE, NUMPY))
        assert found.stopped == expected.stopped == found.progress.state.arrived == stopped
        if stopped != "stalled":  # which rounding decides
            assert found.progress.state.evaluations == expected.progress.state.evaluations
            assert len(found.cost) == len(expected.cost)

    def test_after_its_epochs(self):
        found = self.run(epochs=3)
        assert (found.stopped, len(found.cost), found.progress.epochs) == ("epochs", 3, 3)
        assert found.learning_rate == [1.0] * 3
        assert found.progress.learning_rate == 1.0

    def test_where_a_callback_says_so(self):
        told, outcomes = [], []

        def report(epoch):
            told.append((epoch.epoch, epoch.cost, epoch.parameters().vector.copy()))
            outcomes.append(epoch.outcome())
            return Directive(stop=epoch.epoch == 2)

        found = self.run(report=report)
        assert found.stopped == "callback"
        assert [(epoch, cost) for epoch, cost, _ in told] == list(enumerate(found.cost))
        assert [bits(outcome) for outcome in outcomes[2:]] == [bits(found)]
        for (_, _, vector), epochs in zip(told, (1, 2, 3), strict=True):
            assert vector.tobytes() == self.run(epochs=epochs).parameters.vector.tobytes()

    def test_where_a_callback_raises(self):
        def report(epoch):
            raise {0: ZeroDivisionError, 1: KeyboardInterrupt}[epochs[epoch.epoch]]

        epochs = [0]
        with pytest.raises(ZeroDivisionError):
            self.run(report=report)
        epochs = [1]
        found = self.run(report=report)
        assert (found.stopped, len(found.cost)) == ("interrupted", 1)
        assert bits(found)[0] == bits(self.run(epochs=1))[0]

    def test_a_callback_cannot_set_the_learning_rate(self):
        with pytest.raises(ParameterError, match=r"cannot set the learning_rate of lbfgs.* Got 0\.5"):
            self.run(report=lambda epoch: Directive(learning_rate=0.5))

    def test_where_the_start_is_not_finite(self):
        huge = lw.Parameters([np.full((1, 8), 1e308)], [np.zeros((1, 1))])
        found = self.run(initial=huge)
        assert (found.stopped, found.cost, found.progress) == ("diverged", [], None)
        assert found.divergence == NUMPY.run(plan(initial=huge), data()).divergence
        assert found.parameters.vector.tobytes() == huge.vector.tobytes()


class TestResumed:
    @pytest.mark.parametrize("dtype", [np.float32, float])
    @pytest.mark.parametrize("epochs", [1, 2, 7])
    def test_has_the_bits_of_a_run_that_was_never_interrupted(self, dtype, epochs):
        examples = data(weights=WEIGHTS, dtype=dtype)
        whole = NATIVE.run(plan(dtype=dtype, optimizer=LBFGS(memory=3), epochs=12), examples)
        first = NATIVE.run(plan(dtype=dtype, optimizer=LBFGS(memory=3), epochs=epochs), examples)
        rest = plan(optimizer=LBFGS(memory=3), epochs=12, initial=first.parameters, resume=first.progress)
        found = NATIVE.run(rest, examples)
        assert bits(found) == bits(whole)
        assert first.cost + found.cost == whole.cost

    def test_adds_no_step_where_there_is_none(self):
        whole = NATIVE.run(plan(), data())
        found = NATIVE.run(plan(initial=whole.parameters, resume=whole.progress), data())
        assert (found.cost, found.stopped) == ([], "converged")
        assert bits(found) == bits(whole)

    def test_goes_on_where_more_is_allowed(self):
        whole = NATIVE.run(plan(), data())
        few = NATIVE.run(plan(optimizer=LBFGS(max_evaluations=5)), data())
        found = NATIVE.run(plan(initial=few.parameters, resume=few.progress), data())
        assert bits(found)[0] == bits(whole)[0]
        assert found.stopped == "converged"

    def test_forgets_what_was_said_of_other_examples(self):
        first = NATIVE.run(plan(epochs=5), data())
        other = data(subset=np.arange(0, M, 3, dtype=np.uint32))
        found = NATIVE.run(plan(epochs=9, initial=first.parameters, resume=first.progress), other)
        fresh = NATIVE.run(plan(epochs=4, initial=first.parameters), other)
        assert bits(found)[0] == bits(fresh)[0]

    def test_notes_the_epoch_whose_step_is_done(self):
        first = NATIVE.run(plan(epochs=2), data())
        within = dataclasses.replace(first.progress, epochs=1, step=1, summed_cost=first.cost[1])
        found = NATIVE.run(plan(epochs=5, initial=first.parameters, resume=within), data())
        assert first.cost[:1] + found.cost == NATIVE.run(plan(epochs=5), data()).cost

    def test_goes_on_from_what_the_equations_found_and_back(self):
        whole = NUMPY.run(plan(epochs=9), data())
        for one, other in ((NATIVE, NUMPY), (NUMPY, NATIVE)):
            first = one.run(plan(epochs=4), data())
            assert isinstance(first.progress.state, LBFGSState)
            found = other.run(plan(epochs=9, initial=first.parameters, resume=first.progress), data())
            np.testing.assert_allclose(first.cost + found.cost, whole.cost, rtol=1e-9)


class TestBits:
    @pytest.mark.parametrize("dtype", [np.float32, float])
    @pytest.mark.parametrize("net", [LOGISTIC, lw.Network((8, 70, 40, 1), ("relu", "tanh", "sigmoid"))])
    def test_are_the_same_for_any_number_of_threads(self, net, dtype):
        examples = data(weights=WEIGHTS, dtype=dtype)
        found = [NATIVE.run(plan(net, dtype=dtype, epochs=15, threads=threads), examples) for threads in (1, 2, 3, 4)]
        assert all(bits(each) == bits(found[0]) for each in found)

    @pytest.mark.parametrize("weights", [None, WEIGHTS])
    @pytest.mark.parametrize("threads", [1, 3])
    def test_of_a_subset_are_those_of_its_copy(self, weights, threads):
        chosen = RNG.permutation(M)[:77].astype(np.uint32)
        whole = data(weights=weights, subset=chosen)
        copy = TrainingData(Examples(*whole.training.arrays()))
        assert bits(NATIVE.run(plan(threads=threads), whole)) == bits(NATIVE.run(plan(threads=threads), copy))
        one, other = (NATIVE.objective(plan(), each.training)(plan().initial.vector) for each in (whole, copy))
        assert one[0] == other[0]
        np.testing.assert_array_equal(one[1], other[1])

    def test_of_a_sparse_subset_are_those_of_its_copy(self):
        thin = np.where(RNG.random(X.shape) < 0.3, X, 0.0)
        chosen = np.array([5, 3, 100, 42, 42, 7, 199, *range(20, 90)], np.uint32)
        places = np.nonzero(thin.T)
        starts = np.concatenate([[0], np.cumsum((thin != 0).sum(axis=0))])
        sparse = SparseInputs(8, thin.T[places], places[1].astype(np.int32), starts)
        for weights in (None, WEIGHTS):
            found = NATIVE.run(plan(), TrainingData(Examples(sparse, Y, weights, chosen)))
            w = None if weights is None else weights[:, chosen]
            assert bits(found) == bits(NATIVE.run(plan(), TrainingData(Examples(thin[:, chosen], Y[:, chosen], w))))


def test_runs_go_side_by_side():
    plans = [plan(l2=l2) for l2 in np.linspace(0.1, 2, 8)]
    outcomes = NATIVE.train_many(plans, data(), threads=3)
    for k, each in enumerate(plans):
        assert bits(outcomes[k]) == bits(NATIVE.run(each, data()))


def test_ctrl_c_gives_the_step_up_and_the_run_can_go_on():
    net = lw.Network((8, 300, 300, 1), ("tanh", "tanh", "sigmoid"))
    whole = plan(net, epochs=10**6, optimizer=LBFGS(tolerance=0.0))

    def report(epoch):
        if epoch.epoch == 3:  # comes while the fifth step is taken
            threading.Timer(0.005, os.kill, (os.getpid(), signal.SIGINT)).start()
        return Directive()

    found = NATIVE.run(whole, data(), report)
    assert found.stopped == "interrupted"
    done = found.progress.epochs
    assert done == len(found.cost) >= 4
    rest = dataclasses.replace(whole, epochs=done + 2, initial=found.parameters, resume=found.progress)
    expected = NATIVE.run(dataclasses.replace(whole, epochs=done + 2), data())
    assert bits(NATIVE.run(rest, data())) == bits(expected)


def test_ctrl_c_in_the_first_step_leaves_the_start():
    net = lw.Network((8, 700, 700, 1), ("tanh", "tanh", "sigmoid"))
    wide = plan(net, epochs=10**6, dtype=np.float32)
    many = Examples(np.tile(X, 20).astype(np.float32), np.tile(Y, 20).astype(np.float32))
    timer = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    found = NATIVE.run(wide, TrainingData(many))
    timer.join()
    assert (found.stopped, found.cost, found.progress.state) == ("interrupted", [], None)
    assert found.parameters.vector.tobytes() == wide.initial.vector.tobytes()


def start(**options):
    vector = np.zeros(9)
    defaults = {"memory": 10, "tolerance": 1e-6, "relative_decrease": 0.0, "max_evaluations": 0, "epochs": 0, "step": 0}
    defaults |= {"summed_cost": 0.0, "parameters": vector, "J": 0.0, "g": None, "pairs": [], "arrived": None}
    rows = native_engine.rows_of(LOGISTIC, data().training)
    given = {"evaluations": 0, **defaults, **options}
    return _native.Minimizer64(native_engine._plan(plan(), None), rows, **given)


@pytest.mark.parametrize(
    "options",
    [
        {"memory": 0},
        {"max_evaluations": -1},
        {"parameters": np.zeros(8)},
        {"parameters": np.zeros(9, complex)},
        {"g": np.zeros(10)},
        {"pairs": [(np.zeros(9), np.zeros(8))]},
        {"pairs": [(np.zeros(8), np.zeros(9))]},
        {"pairs": [np.zeros(9)]},
        {"arrived": "epochs"},
        {"arrived": ""},
        {"step": 2},
        {"step": -1},
        {"epochs": -1},
        {"evaluations": -1},
        {"subset": np.zeros(0, np.uint32)},
        {"subset": np.array([M], np.uint32)},
    ],
)
def test_what_does_not_fit_is_refused(options):
    with pytest.raises((TypeError, ValueError)):
        start(**options)


def test_what_answers_a_report_has_to_be_an_answer():
    with pytest.raises((TypeError, ValueError, RuntimeError)):
        start().go(None, lambda *told: None)
    assert start().go(None, None) == "converged"
    _, _, _, _, J, *_ = start().progress()
    assert math.isfinite(J)
