"""A run of L-BFGS in the C++ core: its translation from there to the contract."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from layerwise.engines import _native
from layerwise.engines.contract import EpochReport, Outcome, Progress, Report, TrainingPlan
from layerwise.engines.epochs import learning_rate_after
from layerwise.engines.examples import Examples
from layerwise.engines.full_batch import locator
from layerwise.engines.native_arrays import ENDLESS, in_order, rows_of, subset_of
from layerwise.equations.lbfgs import LBFGS, LBFGSState, Point
from layerwise.network import Array, Parameters

__all__ = ["Minimization"]


class Minimization:
    """One run of L-BFGS without validation examples; `native` is its plan as the core takes it."""

    def __init__(self, plan: TrainingPlan, optimizer: LBFGS, examples: Examples, native: _native.Plan) -> None:
        self.plan, self.examples, self.start = plan, examples, plan.start(examples.m)
        state: Any = self.start.state  # an LBFGSState or None, as the optimizer is L-BFGS
        single = self.start.parameters.dtype == np.float32
        self.task = (_native.Minimizer32 if single else _native.Minimizer64)(
            native,
            rows_of(plan.network, examples),
            subset=subset_of(examples),
            memory=min(optimizer.memory, ENDLESS),
            tolerance=optimizer.tolerance,
            relative_decrease=optimizer.relative_decrease,
            max_evaluations=min(optimizer.max_evaluations or 0, ENDLESS),
            epochs=self.start.epochs,
            step=self.start.step,
            summed_cost=self.start.summed_cost,
            parameters=in_order(self.start.parameters.vector),
            J=state.point.J if state else 0.0,
            g=in_order(state.point.g) if state else None,
            pairs=[(in_order(s), in_order(y)) for s, y in state.pairs] if state else [],
            arrived=state.arrived if state else None,
            evaluations=state.evaluations if state else 0,
        )

    def hooks(self, report: Report | None) -> dict[str, Any]:
        """Return what the core asks and tells: the arguments of its `go`."""
        return {"schedule": None, "report": None if report is None else self._reporter(report)}

    def outcome(self, stopped: str) -> Outcome:
        """Return what the run has come to."""
        at, costs = self.progress(), self.task.costs()
        outcome = Outcome(at.parameters, stopped, costs, learning_rate=[at.base_learning_rate] * len(costs))
        outcome.best_epoch, outcome.restored = at.best.epoch, at.best.parameters is not None
        outcome.parameters = (at.best.parameters or at.shown).copy()
        if stopped == "diverged":
            with np.errstate(all="ignore"):
                outcome.divergence = locator(self.plan, self.examples)(at.epochs, at.parameters)
        else:
            outcome.standing = at
        return outcome

    def progress(self) -> Progress:
        """Return where the run stands."""
        epochs, step, summed_cost, vector, J, g, pairs, arrived, evaluations = self.task.progress()
        start, state = self.start, None
        if g is not None:
            held = tuple(zip(pairs[::2], pairs[1::2], strict=True))
            state = LBFGSState(Point(vector, J, g), held, arrived, evaluations)
        return Progress(
            optimizer=start.optimizer,
            parameters=self._parameters(vector),
            steps=start.steps,
            base_learning_rate=start.base_learning_rate,
            state=state,
            epochs=epochs,
            step=step,
            summed_cost=summed_cost,
            learning_rate=1.0 if state else start.learning_rate,
            best=start.best,
            averaged=None if state else start.averaged,
        )

    def _parameters(self, vector: Array) -> Parameters:
        return Parameters.from_vector(self.plan.network.layout, vector)

    def _reporter(self, report: Report) -> Callable[..., tuple[bool, float]]:
        def tell(epoch: int, J: float, *_: object) -> tuple[bool, float]:
            told = EpochReport(
                epoch=epoch,
                cost=J,
                validation_cost=None,
                metrics={},
                base_learning_rate=self.start.base_learning_rate,
                parameters=lambda: self._parameters(self.task.parameters()),
                outcome=lambda: self.outcome("callback"),
            )
            answer = report(told)
            learning_rate_after(self.plan, self.start.base_learning_rate, answer)
            return bool(answer.stop), 0.0

        return tell
