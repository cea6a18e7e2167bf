"""The small parts of the contract: where a run stopped, what it leaves behind, how it is counted."""

import numpy as np
import pytest

import layerwise as lw
from layerwise.engines import Best, Divergence, Examples, Outcome, Progress, TrainingData, TrainingPlan
from layerwise.equations.optimizers import LBFGS, Adam
from layerwise.equations.schedules import Constant

THETA = lw.initialize(lw.Network((2, 1), ("sigmoid",)))


def plan(**changes):
    whole = {"optimizer": Adam(0.3), "batch_size": None, **changes}
    return TrainingPlan(
        lw.Network((2, 1), ("sigmoid",)), THETA, epochs=3, seed=0, l2=0.0, dropout=(), clip_norm=None,
        schedule=Constant(), early_stopping=None, metrics=(), threads=None, **whole,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("divergence", "words"),
    [
        (Divergence(2, 5, "Z[3]", 3), "Z[3] of layer 3 is not finite in step 6 of epoch 3"),
        (Divergence(0, 0, "J", None), "the cost J is not finite in step 1 of epoch 1"),
    ],
)
def test_a_divergence_in_words(divergence, words):
    assert str(divergence) == words


@pytest.mark.parametrize(
    ("lists", "finished"),
    [
        (([1.0, 2.0], [], [1.0, 2.0], {}), 2),
        (([1.0, 2.0], [1.0, 2.0], [1.0, 2.0], {"a": [1.0]}), 1),
        (([1.0, 2.0], [1.0], [1.0, 2.0], {"a": [1.0]}), 1),
        (([1.0], [], [1.0], {"a": []}), 0),
        (([1.0, 2.0], [], [1.0], {}), 1),
    ],
)
def test_an_unfinished_epoch_leaves_no_trace(lists, finished):
    costs, validation, rates, metrics = lists
    outcome = Outcome(None, "interrupted", costs, validation, rates, metrics)
    outcome.keep_epochs(finished)
    assert len(outcome.cost) == len(outcome.learning_rate) == finished
    assert all(len(numbers) == finished for numbers in outcome.metrics.values())
    assert len(outcome.validation_cost) in (0, finished)


@pytest.mark.parametrize(("m", "size", "steps"), [(10, None, 1), (10, 5, 2), (10, 4, 3), (10, 1, 10), (10, 20, 1)])
def test_the_last_batch_is_a_step_too(m, size, steps):
    assert plan(batch_size=size).steps(m) == steps


@pytest.mark.parametrize(("optimizer", "rate"), [(Adam(0.3), 0.3), (LBFGS(), 1.0)])
def test_a_run_begins_before_its_first_step(optimizer, rate):
    start = plan(optimizer=optimizer).start(10)
    assert (start.epochs, start.step, start.state, start.base_learning_rate) == (0, 0, None, rate)
    assert start.parameters is THETA


def test_or_where_it_is_resumed_under_the_rules_of_the_plan():
    best = Best(epoch=1, cost=0.5, parameters=THETA)
    progress = Progress(Adam(0.1), THETA, steps=1, base_learning_rate=0.05, epochs=2, best=best)
    start = plan(resume=progress, batch_size=5).start(10)
    assert (start.epochs, start.steps, start.base_learning_rate, start.optimizer) == (2, 2, 0.05, Adam(0.3))
    assert start.parameters is THETA
    assert (start.best.epoch, start.best.parameters) == (1, None)  # as this plan gives no best ones back


def test_examples_count_columns():
    assert TrainingData(Examples(np.zeros((3, 25)), np.zeros((2, 25)))).training.m == 25
