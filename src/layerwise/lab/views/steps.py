"""The steps that a run takes next: its plan, its mini-batches and its masks, carried out by the equations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from layerwise.checks import Integers
from layerwise.engines import Progress, TrainingPlan
from layerwise.engines.epochs import schedule_factor
from layerwise.equations.optimizers import State, UpdateRule
from layerwise.equations.passes import Gradients, Propagation
from layerwise.equations.propagation import backward, cost, forward
from layerwise.equations.regularizers import dropout_masks
from layerwise.errors import ParameterError
from layerwise.lab.course import arguments_of
from layerwise.lab.moment import Dataset, Moment
from layerwise.lab.settings import Settings
from layerwise.lab.views.remembered import once_per_dataset
from layerwise.network import Array, Network, Parameters
from layerwise.training.train import prepared

__all__ = ["Step", "start_of", "step", "update_along", "walk"]


@dataclass(frozen=True)
class Step:
    """One update, with all that it is made of.

    Attributes
    ----------
    batch, batches : int
        Its number in the epoch, from 0, and how many there are.
    rows : (k,) array of int
        The training examples of the batch, in its order.
    X, Y : (n_x, k) and (n_y, k) arrays
    masks : mapping of int to array
        Dropout's D[l].
    theta, after : Parameters
        Before and after the update.
    run, J, grad
        Forward, cost and backward, with the penalty as trained.
    m : int
        All training examples: λ/2m of the penalty has this m, whatever the batch.
    l2 : float
        λ as the user set it.
    penalty : float
        The λ whose λ/2m has the m of the batch.
    rule : UpdateRule
    learning_rate : float
        With the schedule's factor.
    before, state : State
        What the rule remembers before and after the update.
    """

    batch: int
    batches: int
    rows: Array
    X: Array
    Y: Array
    masks: Mapping[int, Array]
    theta: Parameters
    run: Propagation
    J: float
    grad: Gradients
    m: int
    l2: float
    penalty: float
    rule: UpdateRule
    learning_rate: float
    before: State
    state: State
    after: Parameters


@once_per_dataset
def _plan(data: Dataset, net: Network, settings: Settings) -> TrainingPlan:
    return prepared(net, data.X, data.Y, **arguments_of(settings)).job.plan


def start_of(moment: Moment) -> tuple[TrainingPlan, UpdateRule, Progress]:
    """Return the plan that goes on from this moment, at least for one epoch, its rule and where it stands."""
    plan = replace(
        _plan(moment.data, moment.net, moment.settings),
        epochs=max(moment.settings.epochs, moment.epoch + 1),
        initial=moment.theta,
        resume=None if moment.result is None else moment.result.progress,
    )
    assert isinstance(plan.optimizer, UpdateRule)  # noqa: S101 - the lab's optimizers are all such rules
    return plan, plan.optimizer, plan.start(moment.data.m)


def walk(moment: Moment) -> Iterator[Step]:
    """Yield the steps of the epoch after this moment, one for each of its mini-batches."""
    plan, rule, at = start_of(moment)
    data, net, m = moment.data, moment.net, moment.data.m
    epoch, batches, size = at.epochs, plan.steps(m), plan.batch_size or m
    order = np.arange(m) if batches == 1 else plan.order(m, epoch)
    theta, state = at.parameters, _state(rule, at)
    for batch in range(batches):
        rows = order[batch * size : (batch + 1) * size]
        X, Y = data.X.T[rows].T, data.Y.T[rows].T
        masks = dropout_masks(net, plan.dropout, len(rows), plan.seed, epoch * batches + batch, X.dtype)
        l2 = plan.penalty(len(rows), m)
        rate = at.base_learning_rate * schedule_factor(plan.schedule, plan.epochs, epoch, batch, batches)
        with np.errstate(all="ignore"):
            run = forward(net, theta, X, masks, check=False)
            J = cost(net, theta, run, Y, l2, check=False)
            grad = backward(net, theta, run, Y, l2, check=False)
            after, moved = rule.step(theta, grad, state, learning_rate=rate)
        yield Step(
            batch, batches, rows, X, Y, masks, theta, run, J, grad, m, plan.l2, l2, rule, rate, state, moved, after
        )
        theta, state = after, moved


def update_along(moment: Moment, grad: Gradients) -> tuple[float, Parameters]:
    """Return the learning rate of the next step, and the parameters after it if this were its gradient."""
    plan, rule, at = start_of(moment)
    rate = at.base_learning_rate * schedule_factor(plan.schedule, plan.epochs, at.epochs, 0, at.steps)
    with np.errstate(all="ignore"):
        return rate, rule.step(at.parameters, grad, _state(rule, at), learning_rate=rate)[0]


def _state(rule: UpdateRule, at: Progress) -> State:
    if isinstance(at.state, State):
        return at.state
    return State(0, {letter: np.zeros_like(at.parameters.vector) for letter in rule.slots})


def step(moment: Moment, batch: int) -> Step:
    """Return the step of mini-batch `batch` of the epoch after this moment.

    Raises
    ------
    ParameterError
        If there is no such mini-batch, or the optimizer takes none.
    """
    number = Integers(0).check("the lab", "batch", batch)
    found = next(islice(walk(moment), number, None), None)
    if found is None:
        raise ParameterError(
            f"The 'batch' parameter of the lab must be below {moment.steps}, as an epoch has so many. Got {batch}."
        )
    return found
