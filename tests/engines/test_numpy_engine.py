import dataclasses
import inspect

import numpy as np
import pytest

import layerwise as lw
from layerwise.engines import ENGINES, Directive, NumpyEngine, Outcome, TrainingPlan
from layerwise.equations import backward, cost, forward
from layerwise.equations.metrics import METRICS
from layerwise.equations.optimizers import OPTIMIZERS, Adam, UpdateRule
from layerwise.equations.regularizers import clip_by_global_norm, dropout_masks
from layerwise.equations.schedules import Cosine, Linear
from layerwise.equations.streams import Purpose, permutation

NET = lw.Network((3, 6, 5, 2), ("relu", "tanh", "softmax"))
RNG = np.random.default_rng(0)
X = RNG.normal(size=(3, 25))
Y = np.eye(2)[(X[0] + X[1] ** 2 > 1).astype(int)].T


@pytest.fixture
def planned(monkeypatch):
    """Plan and data of a call of `train`, as an engine gets them."""

    class Spy:
        name = "numpy"

        def run(self, plan, data, report=None):
            self.told = Spy.told = (plan, data, report)
            return Outcome(plan.initial, cost=[0.0], learning_rate=[0.0])

    monkeypatch.setitem(ENGINES, "numpy", Spy)

    def plan(*arguments, **options):
        lw.train(*arguments, engine="numpy", **options)
        return Spy.told

    return plan


def by_the_equations(plan, data):
    """Parameters and costs of a run, with the functions of `layerwise.equations` and no shortcut."""
    net, theta, state, costs, examples = plan.network, plan.initial, None, [], data.training
    m = examples.m
    starts = range(0, m, plan.batch_size or m)
    for epoch in range(plan.epochs):
        order = permutation(m, plan.seed, Purpose.SHUFFLE, epoch) if len(starts) > 1 else np.arange(m)
        total = 0.0
        for step, first in enumerate(starts):
            batch = order[first : first + (plan.batch_size or m)]
            masks = dropout_masks(net, plan.dropout, len(batch), plan.seed, epoch * len(starts) + step, theta.dtype)
            run = forward(net, theta, examples.X[:, batch], masks)
            l2 = plan.l2 * len(batch) / m
            total += len(batch) * cost(net, theta, run, examples.Y[:, batch], l2)
            grad = backward(net, theta, run, examples.Y[:, batch], l2)
            grad = clip_by_global_norm(grad, plan.clip_norm) if plan.clip_norm else grad
            rate = plan.optimizer.learning_rate * plan.schedule.factor(epoch + step / len(starts), plan.epochs)
            theta, state = plan.optimizer.step(theta, grad, state, learning_rate=rate)
        costs.append(total / m)
    return theta, costs


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("optimizer", [name for name, build in OPTIMIZERS.items() if isinstance(build(), UpdateRule)])
@pytest.mark.parametrize("batch_size", [None, 10])
def test_it_is_the_equations(planned, optimizer, batch_size, dtype):
    plan, data, report = planned(
        NET,
        X,
        Y,
        optimizer=optimizer,
        batch_size=batch_size,
        dtype=dtype,
        epochs=4,
        seed=5,
        l2=0.3,
        dropout=(0.2, 0.5),
        clip_norm=0.5,
        schedule="cosine",
    )
    assert report is None
    theta, costs = by_the_equations(plan, data)
    outcome = NumpyEngine().run(plan, data)
    np.testing.assert_allclose(outcome.parameters.vector, theta.vector, rtol=1e-5 if dtype == "float32" else 1e-12)
    np.testing.assert_allclose(outcome.cost, costs, rtol=1e-5 if dtype == "float32" else 1e-12)


def test_train_hands_everything_to_the_engine_it_names(planned):
    rule = Adam(0.3, weight_decay=0.1)
    stopping = lw.EarlyStopping(patience=3)
    plan, data, report = planned(
        NET, X, Y, optimizer=rule, learning_rate=0.2, epochs=7, batch_size=4, seed=6, l2=0.1, dropout=0.25, clip_norm=2,
        sample_weight=np.arange(1, 26), validation=(X[:, :5], Y[:, :5]), early_stopping=stopping, schedule=Cosine(0.1),
        threads=1, dtype="float64", shuffle=False, dropout_schedule=Linear(), decay_schedule=Linear(0.5), averaging=0.9,
        callbacks=[type("Listener", (), {"on_epoch_end": print})()],
    )  # fmt: skip
    assert plan == TrainingPlan(
        NET,
        plan.initial,
        Adam(0.2, weight_decay=0.1),
        7,
        4,
        6,
        0.1,
        (0.25, 0.25),
        2.0,
        Cosine(0.1),
        stopping,
        (METRICS["accuracy"],),
        1,
        shuffle=False,
        dropout_schedule=Linear(),
        decay_schedule=Linear(0.5),
        averaging=0.9,
    )
    assert callable(report)
    assert (data.training.m, data.validation.m) == (25, 5)
    assert data.training.sample_weight.shape == (1, 25)
    assert data.validation.sample_weight is None
    np.testing.assert_array_equal(plan.initial.vector, lw.initialize(NET, seed=6).vector)


def test_a_plan_says_no_more_than_train(planned):
    names = {field.name for field in dataclasses.fields(TrainingPlan)}
    arguments = set(inspect.signature(lw.train).parameters)
    examples = {"X", "Y", "sample_weight", "label_smoothing", "subset", "validation"}
    elsewhere = {"net", "learning_rate", "callbacks", "engine", "dtype", *examples}
    assert names - {"network", "l2_by_batch", "plateau"} == arguments - elsewhere  # which estimators add


def test_a_full_batch_and_a_table_are_not_copied(planned):
    table = np.ascontiguousarray(X.T.astype(np.float32))
    _, data, _ = planned(NET, table.T, Y)
    assert np.shares_memory(data.training.X, table)


def test_a_directive_without_a_word_changes_nothing(planned):
    plan, data, _ = planned(NET, X, Y, epochs=3, batch_size=10, dropout=0.5)
    reports = []

    def report(told):
        reports.append(told)
        return Directive()

    told, silent = NumpyEngine().run(plan, data, report), NumpyEngine().run(plan, data)
    assert told.parameters.vector.tobytes() == silent.parameters.vector.tobytes()
    assert [r.epoch for r in reports] == [0, 1, 2]
    assert [r.cost for r in reports] == told.cost
    np.testing.assert_array_equal(reports[-1].parameters().vector, told.parameters.vector)


def test_a_directive_may_stop_and_change_the_rate(planned):
    plan, data, _ = planned(NET, X, Y, epochs=9, learning_rate=0.1)
    outcome = NumpyEngine().run(plan, data, lambda told: Directive(told.epoch == 2, 0.1 / (2 + told.epoch)))
    assert outcome.stopped == "callback"
    assert outcome.learning_rate == pytest.approx([0.1, 0.05, 0.1 / 3])


def test_floating_point_settings_of_the_caller_are_left_alone(planned):
    plan, data, _ = planned(NET, X * 1e4, Y, epochs=2)
    before = np.geterr()
    with np.errstate(all="raise"):
        NumpyEngine().run(plan, data)
        assert set(np.geterr().values()) == {"raise"}
    assert np.geterr() == before


def test_large_numbers_whose_sum_overflows_are_no_divergence():
    net = lw.Network((1, 3), ("identity",))
    far = lw.Parameters(W=np.full((1, 3, 1), 3e38), b=np.full((1, 3, 1), 3e38)).astype(np.float32)
    options = {"initial": far, "learning_rate": 1e-3, "epochs": 2, "engine": "numpy"}
    result = lw.train(net, np.zeros((1, 4)), np.full((3, 4), 3e38), **options)
    assert result.stopped == "epochs"
