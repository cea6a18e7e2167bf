"""Many runs at once are each the run alone on one thread: bit for bit, on every engine, for any number of threads."""

import dataclasses
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import layerwise as lw
from contract.runs import SPREAD, Ramp, alone, bits, plan, sparse
from layerwise.engines import ENGINES, Directive, Examples, Plateau, TrainingData, engine_named
from layerwise.equations.losses import Loss
from layerwise.equations.metrics import METRICS, Metric
from layerwise.equations.optimizers import LBFGS, Adam, AdamW, GradientDescent, Momentum, Nesterov, RMSprop, UpdateRule
from layerwise.equations.schedules import Cosine, Linear
from layerwise.errors import ParameterError

M = 41
RNG = np.random.default_rng(8)
X = RNG.normal(size=(5, M)) * (RNG.random((5, M)) < 0.6)
Y = (X[:1] > X[1:2]).astype(float)
W = RNG.uniform(0.5, 2, (1, M))
TRAIN, TEST = (RNG.permutation(M)[part].astype(np.uint32) for part in (slice(0, 25), slice(25, M)))
NET = lw.Network((5, 6, 1), ("tanh", "sigmoid"))
DEEP = lw.Network((5, 17, 9, 1), ("relu", "gelu", "sigmoid"))
LOGISTIC = lw.Network((5, 1), ("sigmoid",))


def of(X=X, Y=Y, w=None, subset=None, dtype=float):
    numbers = dataclasses.replace(X, numbers=X.numbers.astype(dtype)) if hasattr(X, "numbers") else X.astype(dtype)
    return Examples(numbers, Y.astype(dtype), None if w is None else w.astype(dtype), subset)


WHOLE = TrainingData(of())
HELD_OUT = TrainingData(of(subset=TRAIN), of(subset=TEST))
WEIGHTED = TrainingData(of(w=W, subset=TRAIN), of(w=W, subset=TEST))
SPARSE = TrainingData(of(sparse(X), w=W, subset=TRAIN), of(sparse(X), subset=TEST))
SINGLE = TrainingData(of(w=W, dtype=np.float32), of(subset=TEST, dtype=np.float32))
ACCURACY, BOTH = (METRICS["accuracy"],), (METRICS["accuracy"], SPREAD)
STOPS = lw.EarlyStopping(patience=2, monitor="accuracy")
CASES = {
    "gradient descent": (plan(NET, epochs=5), WHOLE),
    "full batches": (plan(DEEP, optimizer=Momentum(0.1), batch_size=None, epochs=7), HELD_OUT),
    "adam and dropout": (plan(DEEP, optimizer=Adam(0.01), dropout=(0.3, 0.2), seed=3, l2=0.1), WEIGHTED),
    "fading dropout": (plan(NET, dropout=(0.5,), dropout_schedule=Linear()), WHOLE),
    "a schedule": (plan(NET, optimizer=RMSprop(0.01), schedule=Ramp(), batch_size=7), WHOLE),
    "fading decay": (plan(NET, optimizer=AdamW(0.01), decay_schedule=Cosine(), batch_size=7), WHOLE),
    "clipped": (plan(NET, optimizer=Nesterov(0.5), clip_norm=0.1, l2_by_batch=True, l2=1.0), WEIGHTED),
    "averaged": (plan(NET, averaging=0.9, metrics=BOTH), HELD_OUT),
    "early stopping": (plan(NET, epochs=60, early_stopping=STOPS, metrics=ACCURACY), HELD_OUT),
    "metrics": (plan(DEEP, metrics=BOTH), WEIGHTED),
    "sparse": (plan(NET, batch_size=8, metrics=BOTH), SPARSE),
    "single precision": (plan(NET, initial=lw.initialize(NET, 1).astype(np.float32), metrics=BOTH), SINGLE),
    "in order": (plan(NET, shuffle=False, seed=9), WHOLE),
    "by blocks": (plan(NET, shuffle=lw.BlockShuffle(4, 12), batch_size=6), HELD_OUT),
    "signs": (plan(LOGISTIC, signs=np.array([1, 1, -1, 0, 0, 0], np.int8)), WHOLE),
    "lbfgs": (plan(NET, optimizer=LBFGS(), batch_size=None, epochs=12, l2=0.5), TrainingData(WEIGHTED.training)),
    "lbfgs looks between": (plan(NET, optimizer=LBFGS(), batch_size=None, epochs=6, metrics=BOTH), WEIGHTED),
    "lbfgs of sparse": (plan(LOGISTIC, optimizer=LBFGS(), batch_size=None, epochs=9), TrainingData(SPARSE.training)),
    "plateau": (plan(NET, epochs=60, plateau=Plateau(2, 1e-2)), WHOLE),
    "diverges": (plan(lw.Network((5, 6, 1), ("relu", "identity")), optimizer=GradientDescent(1e200)), WHOLE),
}  # fmt: skip


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_runs_side_by_side_have_the_bits_of_each_alone(engine, threads):
    plans, data = zip(*CASES.values(), strict=True)
    outcomes = engine.train_many(plans, data, threads=threads)
    for name, outcome in zip(CASES, outcomes, strict=True):
        assert bits(outcome) == bits(alone(engine, *CASES[name])), name


def test_the_threads_of_a_plan_are_not_those_of_a_run_among_many(engine):
    wide = lw.Network((5, 130, 130, 1), ("relu", "relu", "sigmoid"))
    plans = [plan(wide, threads=threads, batch_size=None) for threads in (None, 1, 3)]
    one, other, third = engine.train_many(plans, WHOLE, threads=2)
    assert bits(one) == bits(other) == bits(third)


def test_what_was_interrupted_goes_on_among_others(engine):
    wholes = [plan(NET, epochs=6, seed=seed, dropout=(0.2,)) for seed in range(5)]
    parts = engine.train_many([dataclasses.replace(whole, epochs=2) for whole in wholes], HELD_OUT, threads=2)
    rest = [
        dataclasses.replace(whole, initial=part.progress.parameters, resume=part.progress)
        for whole, part in zip(wholes, parts, strict=True)
    ]
    for whole, outcome in zip(wholes, engine.train_many(rest, HELD_OUT, threads=2), strict=True):
        at_once = alone(engine, whole, HELD_OUT)
        assert bits(outcome.parameters) == bits(at_once.parameters)
        assert outcome.cost == at_once.cost[2:]


def noting(told, answer=Directive()):  # noqa: B008 - frozen
    """A report that notes all that it is told."""

    def report(epoch):
        shown = epoch.parameters().vector.tobytes()
        told.append((epoch.epoch, epoch.cost, epoch.validation_cost, epoch.metrics, shown, bits(epoch.outcome())))
        return answer

    return report


@pytest.mark.parametrize("threads", [1, 3])
def test_every_run_reports_what_it_reports_alone(engine, threads):
    cases = [CASES[name] for name in ("adam and dropout", "metrics", "averaged", "lbfgs", "lbfgs looks between")]
    answers = [Directive(learning_rate=0.05)] * 3 + [Directive()] * 2
    among, apart = [[] for _ in cases], [[] for _ in cases]
    plans, data = zip(*cases, strict=True)
    engine.train_many(plans, data, list(map(noting, among, answers)), threads=threads)
    for told, answer, (each, examples) in zip(apart, answers, cases, strict=True):
        alone(engine, each, examples, noting(told, answer))
    assert among == apart
    assert [len(told) for told in among[:3]] == [3, 3, 3]


def test_a_report_that_stops_ends_its_own_run_alone(engine):
    plans = [plan(NET, epochs=9, seed=seed) for seed in range(4)]
    reports = [None, lambda told: Directive(stop=told.epoch == 1), None, None]
    outcomes = engine.train_many(plans, WHOLE, reports, threads=2)
    assert [outcome.stopped for outcome in outcomes] == ["epochs", "callback", "epochs", "epochs"]
    assert [len(outcome.cost) for outcome in outcomes] == [9, 2, 9, 9]


class TestFinished:
    @pytest.mark.parametrize("threads", [1, 4])
    def test_is_called_once_for_each_on_the_thread_of_the_caller(self, engine, threads):
        plans, told = [plan(NET, seed=seed) for seed in range(12)], []
        outcomes = engine.train_many(
            plans, WHOLE, threads=threads, finished=lambda *each: told.append((*each, threading.get_ident()))
        )
        assert sorted(k for k, _, _ in told) == list(range(12))
        assert all(outcomes[k] is outcome for k, outcome, _ in told)
        assert {thread for _, _, thread in told} == {threading.get_ident()}

    @pytest.mark.parametrize(
        "longer",
        [
            (plan(NET, epochs=6), WHOLE),
            (plan(DEEP), WHOLE),
            (plan(NET), HELD_OUT),
        ],
        ids=["more epochs", "more weights", "more to look at"],
    )
    def test_the_longest_is_given_out_first(self, engine, longer):
        short = plan(NET), TrainingData(of(subset=TRAIN))
        order = []
        plans, data = zip(short, longer, strict=True)
        engine.train_many(plans, data, threads=1, finished=lambda k, _: order.append(k))
        assert order == [1, 0]

    def test_may_raise(self, engine):
        with pytest.raises(ZeroDivisionError):
            engine.train_many([plan(NET)] * 5, WHOLE, threads=2, finished=lambda k, outcome: 1 / 0)


ENDLESS = plan(NET, epochs=10**9, optimizer=Adam(1e-6))


class TestWhatARunRaises:
    def test_comes_out_and_ends_the_others(self, engine):
        def report(told):
            raise LookupError("in a report")

        before = threading.active_count()
        with pytest.raises(LookupError, match="in a report"):
            engine.train_many([ENDLESS, plan(NET), ENDLESS], WHOLE, [None, report, None], threads=3)
        assert threading.active_count() == before

    def test_of_one_that_waits_behind_others(self, engine):
        # one thread: the run that raises is the last one
        ended = []

        def report(told):
            raise LookupError

        with pytest.raises(LookupError):
            engine.train_many(
                [plan(NET, epochs=1), plan(NET, epochs=5), plan(NET, epochs=9)],
                WHOLE,
                [report, None, None],
                threads=1,
                finished=lambda k, _: ended.append(k),
            )
        assert sorted(ended) == [1, 2]

    def test_a_metric_of_ones_own_that_raises(self, engine):
        broken = Metric("broken", lambda Y_hat, Y, w: {}["none"], greater_is_better=True)
        with pytest.raises(KeyError, match="none"):
            engine.train_many([plan(NET, metrics=(broken,)), plan(NET)], HELD_OUT, threads=2)

    def test_a_schedule_that_raises(self, engine):
        class Broken:
            def factor(self, epoch, epochs):
                raise LookupError("no factor")

        with pytest.raises(LookupError, match="no factor"):
            engine.train_many([plan(NET), plan(NET, schedule=Broken())], WHOLE, threads=2)


def test_no_plans_give_no_outcomes(engine):
    assert engine.train_many([], []) == engine.train_many([], WHOLE, []) == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"data": [WHOLE]}, "The 'data' parameter of train_many must have one entry for each plan. Got 1 for 2."),
        ({"data": [WHOLE] * 3}, "Got 3 for 2."),
        ({"data": WHOLE, "reports": [None]}, "The 'reports' parameter of train_many must have one entry for each plan"),
        ({"data": WHOLE, "threads": 0}, "The 'threads' parameter of train_many must be an int in the range"),
        ({"data": WHOLE, "threads": -1}, "Got -1 instead"),
        ({"data": WHOLE, "threads": 1.5}, "Got 1.5 instead"),
    ],
)
def test_what_does_not_fit_is_refused(engine, given, said):
    before = threading.active_count()
    with pytest.raises(ParameterError, match=said.replace(".", r"\.")):
        engine.train_many([plan(NET)] * 2, **given)
    assert threading.active_count() == before


@dataclasses.dataclass(frozen=True)
class Signs(UpdateRule):
    """Steps of one size."""

    def direction(self, g, slots, t):
        return np.sign(g), {}


SQUARES = Loss(lambda Z, A, Y: (A - Y) ** 2, lambda A, Y: 2 * (A - Y))
OF_ONES_OWN = {
    "rule": plan(NET, optimizer=Signs(0.01)),
    "loss": plan(lw.Network((5, 6, 1), ("tanh", "identity"), SQUARES)),
}


@pytest.mark.parametrize("name", OF_ONES_OWN)
@pytest.mark.parametrize("threads", [1, 3])
def test_rules_and_losses_of_ones_own_go_among_the_others(name, threads):
    plans = [OF_ONES_OWN[name], plan(NET), OF_ONES_OWN[name], plan(DEEP)]
    for engine in map(engine_named, ("auto", "numpy")):
        outcomes = engine.train_many(plans, HELD_OUT, threads=threads)
        assert [bits(outcome) for outcome in outcomes] == [bits(alone(engine, each, HELD_OUT)) for each in plans]


@pytest.mark.skipif("native" not in ENGINES, reason="needs the native core")
@pytest.mark.parametrize("name", OF_ONES_OWN)
def test_the_native_engine_refuses_rules_and_losses_of_ones_own(name):
    with pytest.raises(ParameterError, match="must be of the library's own with engine='native'"):
        engine_named("native").train_many([plan(NET), OF_ONES_OWN[name]], WHOLE, threads=2)


def test_many_callers_at_once_have_runs_of_their_own(engine):
    expected = [bits(alone(engine, plan(NET, seed=seed), WHOLE)) for seed in range(3)]

    def call(_):
        return [bits(each) for each in engine.train_many([plan(NET, seed=seed) for seed in range(3)], WHOLE, threads=2)]

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(call, range(6))) == [expected] * 6
