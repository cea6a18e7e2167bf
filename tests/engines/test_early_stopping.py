"""The rule of early stopping, against costs that are given."""

import numpy as np
import pytest

import layerwise as lw
from layerwise.engines import Best, EarlyStopping, TrainingPlan
from layerwise.engines.epochs import Position, run_epochs
from layerwise.equations.optimizers import GradientDescent
from layerwise.equations.schedules import Constant

NET = lw.Network((1, 1), ("identity",))


def parameters(epoch):
    return lw.Parameters([[[float(epoch)]]], [[[0.0]]])


class Told:
    """A learner whose weight is the number of the epoch."""

    def __init__(self):
        self.at = 0

    def epoch(self, epoch, base_learning_rate):
        self.at = epoch
        return 0.0, base_learning_rate

    def parameters(self):
        return parameters(self.at)

    def position(self):
        return Position(self.at, 0, 0.0, 0.0, self.parameters(), None)


def run(costs, resume=None, **rule):
    """The outcome of a run whose validation cost after epoch e is costs[e]."""
    learner = Told()
    plan = TrainingPlan(
        NET, parameters(0), GradientDescent(), epochs=len(costs), batch_size=None, seed=0, l2=0.0, dropout=(),
        clip_norm=None, schedule=Constant(), early_stopping=EarlyStopping(**rule) if rule else None, metrics=(),
        threads=None, resume=resume,
    )  # fmt: skip
    return run_epochs(plan, plan.start(1), learner, lambda: (costs[learner.at], {}))


@pytest.mark.parametrize(
    ("costs", "rule", "stops_at", "best"),
    [
        ([5, 4, 3, 2, 1], {"patience": 1}, None, 4),
        ([3, 4, 1], {"patience": 1}, 1, 0),
        ([3, 4, 5, 1, 2, 3, 4], {"patience": 3}, 6, 3),
        ([3, 3, 3], {"patience": 2}, 2, 0),
        ([5, 4.9, 4.8, 4.7], {"patience": 2, "min_improvement": 0.5}, 2, 2),
        ([5, 4.9, 4.4, 4.3, 4.2], {"patience": 2, "min_improvement": 0.5}, 4, 4),
        ([np.nan, 3, 2, 4, 4], {"patience": 2}, 4, 2),
        ([np.inf, np.nan, 2, 4, np.nan], {"patience": 2}, 4, 2),
        ([2, np.nan, np.nan], {"patience": 2}, 2, 0),
    ],
)
def test_it_stops_after_patience_epochs_without_improvement(costs, rule, stops_at, best):
    outcome = run(costs, **rule)
    assert (outcome.stopped, len(outcome.cost)) == (
        ("epochs", len(costs)) if stops_at is None else ("early_stopping", stops_at + 1)
    )
    assert outcome.best_epoch == outcome.parameters.W[1][0, 0] == best
    assert outcome.restored


@pytest.mark.parametrize("finished", [1, 2, 3])
def test_what_it_waits_for_survives_an_end(finished):
    costs, rule = [5, 4.9, 4.4, 4.6, 4.2, 4.1], {"patience": 2, "min_improvement": 0.5}
    whole, part = run(costs, **rule), run(costs[:finished], **rule)
    resumed = run(costs, resume=part.progress, **rule)
    assert part.stopped == "epochs"
    assert (resumed.stopped, whole.stopped) == ("early_stopping",) * 2
    assert part.validation_cost + resumed.validation_cost == whole.validation_cost
    assert (resumed.best_epoch, resumed.parameters.W[1]) == (whole.best_epoch, whole.parameters.W[1])


def test_a_run_that_it_ended_goes_on_with_more_patience_only():
    costs = [3, 4, 5, 1, 2, 2, 2]
    ended = run(costs, patience=2)
    again, further = run(costs, resume=ended.progress, patience=2), run(costs, resume=ended.progress, patience=3)
    assert (again.stopped, again.cost, again.best_epoch, again.restored) == ("early_stopping", [], 0, True)
    assert (further.stopped, further.validation_cost, further.best_epoch) == ("early_stopping", [1, 2, 2, 2], 3)


def test_the_best_is_not_kept_where_it_is_not_wanted():
    outcome = run([3, 4, 5], patience=2, restore_best=False)
    assert (outcome.best_epoch, outcome.restored, outcome.parameters.W[1][0, 0]) == (0, False, 2)
    assert outcome.progress.best.parameters is None


def test_nor_where_it_is_wanted_no_more():
    part = run([3, 4], patience=9)
    assert part.restored
    outcome = run([3, 4, 5], resume=part.progress)
    assert (outcome.best_epoch, outcome.restored, outcome.parameters.W[1][0, 0]) == (0, False, 2)


def test_without_a_rule_an_improvement_is_remembered():
    best = Best()
    for epoch, J in enumerate([3.0, 2.0, 2.5, np.nan]):
        best = best.after(epoch, J, None, lambda: parameters(0))
    assert (best.epoch, best.cost, best.to_beat, best.improved_at, best.parameters) == (1, 2.0, 2.0, 1, None)


def test_without_validation_it_ends_nothing():
    plan = TrainingPlan(
        NET, parameters(0), GradientDescent(), epochs=9, batch_size=None, seed=0, l2=0.0, dropout=(), clip_norm=None,
        schedule=Constant(), early_stopping=EarlyStopping(2), metrics=(), threads=None,
    )  # fmt: skip
    assert run_epochs(plan, plan.start(1), Told()).stopped == "epochs"
