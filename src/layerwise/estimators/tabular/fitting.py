"""`fit_model`: from the columns of a table and its target to a `TabularModel`."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from layerwise.engines import EarlyStopping, default_threads
from layerwise.equations.optimizers import AdamW
from layerwise.equations.schedules import schedule_of
from layerwise.errors import DivergenceWarning, ParameterError, TableError
from layerwise.estimators.fits import Fitting, alone
from layerwise.estimators.tabular.architecture import MONOTONE_ACTIVATION, Architecture, check_monotone
from layerwise.estimators.tabular.calibration import cooled
from layerwise.estimators.tabular.checkpoint import FitCheckpoint, fingerprint_of
from layerwise.estimators.tabular.data import Arrays, Data, LearningRows, Rows, classes_of
from layerwise.estimators.tabular.folds import held_out_rows, member_seeds
from layerwise.estimators.tabular.measuring import Measuring
from layerwise.estimators.tabular.members import train_members
from layerwise.estimators.tabular.model import TabularModel
from layerwise.estimators.tabular.recipe import recipe_of
from layerwise.estimators.tabular.settings import Settings
from layerwise.network import Array
from layerwise.tables import TableEncoder, TargetEncoder
from layerwise.training import Callback, TrainingResult
from layerwise.training.preparing import Prepared
from layerwise.training.train import prepared

__all__ = ["fit_model", "fitting"]

LEAST_ROWS = 10
"""With fewer, none are held out: the training goes through all epochs."""


def fit_model(
    training: LearningRows,
    target: TargetEncoder,
    settings: Settings,
    *,
    evaluation: Rows | None = None,
) -> TabularModel:
    """Train an ensemble on a table.

    Parameters
    ----------
    training : LearningRows
        `Rows` of a table in memory, or a `Stream` of one that need not fit into it.
    target : TargetEncoder
        As which `Y` was encoded.
    settings : Settings
    evaluation : Rows, optional
        What every network looks at; None holds out a fold of the training rows for each.

    Returns
    -------
    TabularModel

    Raises
    ------
    TableError, ParameterError
        Before anything is trained.
    KeyboardInterrupt
        By Ctrl-C before the first epoch; after it, what was learnt so far is returned.
    """
    fit = _Fit(training, target, settings, evaluation)
    return alone(fit.model(training.without_target), settings.engine, fit.side_by_side)


def fitting(
    training: LearningRows,
    target: TargetEncoder,
    settings: Settings,
    *,
    evaluation: Rows | None = None,
    importances: bool = True,
) -> Fitting[TabularModel]:
    """Yield the runs of `fit_model`, each of one thread; return its model, without `importances` if they take long."""
    fit = _Fit(training, target, settings, evaluation, of_each=1)
    return (yield from fit.model(training.without_target, importances=importances))


class _Fit:
    def __init__(
        self,
        training: LearningRows,
        target: TargetEncoder,
        settings: Settings,
        evaluation: Rows | None,
        of_each: int | None = None,
    ) -> None:
        self.target, self.settings, self.of_each = target, settings, of_each
        settings.monitor(target.task)  # which is refused though nothing may be held out to compute it on
        self.recipe = recipe_of(settings.quality, training.n_rows, settings.given())
        self.encoder = TableEncoder.fit(
            training.table,
            target.name if target.name in training.table else None,
            roles=settings.roles,
            drop=settings.drop,
            categorical=settings.categorical,
            knots=0 if self.recipe.dimension == 0 else self.recipe.knots,
        )
        self.monotone = check_monotone(settings.monotone, self.encoder)
        if self.monotone and target.task == "multiclass":
            raise ParameterError("The 'monotone' parameter needs one output: two classes, or numbers to predict.")
        if self.monotone:
            if settings.activation not in (None, MONOTONE_ACTIVATION):
                raise ParameterError(
                    f"The 'monotone' parameter needs the activation {MONOTONE_ACTIVATION!r}. "
                    f"Got {settings.activation!r}: leave it out."
                )
            self.recipe = replace(self.recipe, activation=MONOTONE_ACTIVATION)
        self.limits = training.limits(self.encoder, self.recipe.n_estimators, self._folds(training.n_rows))
        self.data = self._data(training, evaluation)
        self.architecture = Architecture.of(self.encoder.places, self.recipe, self._output(), self.monotone)
        self.seeds = member_seeds(settings.seed, self.recipe.n_estimators)
        self.checkpoint = self._checkpoint()

    @property
    def side_by_side(self) -> int:
        """How many networks are trained at a time: one for each thread, as many as fit memory."""
        threads, at_once = self.settings.threads or default_threads(), self.recipe.n_estimators
        return min(threads, at_once if self.limits is None else self.limits.networks)

    def model(self, without_target: int, *, importances: bool = True) -> Fitting[TabularModel]:
        """Yield the runs of the networks; return the model."""
        n, data = self.recipe.n_estimators, self.data
        callbacks = [*self.settings.callbacks, *([self.checkpoint] if self.checkpoint else [])]
        results, interrupted = yield from train_members(self._prepared, n, callbacks)
        if interrupted and not any(len(result.history) for result in results.values()):
            raise KeyboardInterrupt
        if self.checkpoint and not interrupted:
            self.checkpoint.remove()
        numbers, members = self._finite(results)
        net, seeds = self.architecture.network, [self.seeds[k] for k in numbers]
        measuring = Measuring(self.target, self.encoder, net, data, numbers, seeds)
        calibrates = self.settings.calibrate and self.target.task != "regression" and data.held_out(n)
        temperature = measuring.temperature(members) if calibrates else 1.0
        if temperature != 1:
            members = [replace(member, parameters=cooled(member.parameters, temperature)) for member in members]
        rows = {"training": data.m, "held_out": data.held_out(n), "without_target": without_target}
        return TabularModel(
            self.encoder,
            self.target,
            tuple(replace(member, progress=None) for member in members),
            temperature,
            rows,
            measuring.evaluation(members, importances=importances),
            self._record(),
        )

    # the parts, in the order in which they are needed

    def _data(self, training: LearningRows, evaluation: Rows | None) -> Data:
        examples = training.arrays(self.encoder)
        looked_at = None if evaluation is None else evaluation.arrays(self.encoder)
        most = None if self.limits is None else self.limits.held_out
        return Data(examples, looked_at, self._held_out(examples, most) if looked_at is None else [], most)

    def _folds(self, m: int) -> int:
        return max(2, round(1 / max(self.settings.validation, 1 / m)))

    def _held_out(self, examples: Arrays, most: int | None) -> list[Array]:
        m = examples.m
        if not self.settings.validation or m < LEAST_ROWS:
            return []
        n = self._folds(m)
        classes, networks = classes_of(self.target, examples.Y), self.recipe.n_estimators
        held = held_out_rows(classes, m, self.settings.seed, n, networks, most)
        if not held:
            raise TableError(
                f"Of {m} rows none can be held out, as each class needs a row to learn from. "
                "Use more rows, or none to hold out: validation=0 (--validation 0)."
            )
        return held

    def _output(self) -> tuple[str, int, str | None]:
        task, n_y = self.target.task, self.target.n_y
        if task != "regression":
            return {"binary": "sigmoid", "multiclass": "softmax"}[task], n_y, None
        loss = self.settings.loss
        return ("exp" if loss == "poisson" else "identity"), n_y, loss

    def _checkpoint(self) -> FitCheckpoint | None:
        settings = self.settings
        if settings.checkpoint is None:
            return None
        data = (*self.data.examples, *(self.data.looked_at or ()), *self.data.held)
        metric = getattr(settings.metric, "name", settings.metric)
        ways = {"metric": metric, "smoothing": self._smoothing(), "engine": settings.engine, "monotone": self.monotone}
        ways["limits"] = None if self.limits is None or self.limits.hold(self.data.m) else vars(self.limits)
        described = {**self._record(), **ways, "network": self.architecture.network.to_config()}
        fingerprint = fingerprint_of(data, described)
        return FitCheckpoint(Path(settings.checkpoint), settings.checkpoint_every, self.recipe.epochs, fingerprint)

    def _prepared(self, k: int, callbacks: Sequence[Callback]) -> Prepared | TrainingResult:
        recipe, net = self.recipe, self.architecture.network
        earlier = self.checkpoint.results.get(k) if self.checkpoint else None
        if earlier and self.checkpoint and k in self.checkpoint.ready:
            return earlier
        examples, subset, looked_at = self.data.examples, self.data.subset(k), self.data.held_against(k)
        m = examples.m if subset is None else len(subset)
        fade = schedule_of("schedule", "flat_cosine")
        return prepared(
            net,
            *examples[:2],
            sample_weight=examples.w,
            subset=subset,
            shuffle=True if self.limits is None else self.limits.shuffle,
            validation=looked_at,
            optimizer=AdamW(recipe.learning_rate, beta2=recipe.beta2, weight_decay=recipe.weight_decay),
            schedule="cosine",
            dropout=recipe.dropout if recipe.hidden else 0.0,
            dropout_schedule=fade,
            decay_schedule=fade,
            batch_size=min(recipe.batch_size, m),
            epochs=recipe.epochs,
            averaging=recipe.averaging,
            early_stopping=self._stopping() if looked_at else None,
            metrics=() if looked_at else None,  # but for the one that stops it
            label_smoothing=self._smoothing(),
            signs=self.architecture.signs,
            initial=None if earlier else self.architecture.initial(self.seeds[k]),
            resume=earlier,
            seed=self.seeds[k],
            callbacks=callbacks,
            threads=self.of_each or self.settings.threads,
            engine=self.settings.engine,
        )

    def _stopping(self) -> EarlyStopping:
        return EarlyStopping(patience=self.recipe.patience, monitor=self.settings.monitor(self.target.task))

    def _smoothing(self) -> float:
        given = self.settings.label_smoothing
        if self.target.task == "regression":
            return 0.0
        return (0.1 if self.settings.metric == "accuracy" else 0.0) if given is None else given

    def _finite(self, results: Mapping[int, TrainingResult]) -> tuple[list[int], list[TrainingResult]]:
        """Return the networks with their numbers, without those that diverged if others did not."""
        sound = {k: result for k, result in results.items() if result.stopped != "diverged" and len(result.history)}
        if not sound:
            warnings.warn("Every network diverged: use a smaller learning_rate.", DivergenceWarning, stacklevel=4)
        return [*(sound or results)], [*(sound or results).values()]

    def _record(self) -> dict[str, Any]:
        recipe: Mapping[str, Any] = vars(self.recipe)
        recorded = {name: list(value) if isinstance(value, tuple) else value for name, value in recipe.items()}
        asked = {name: getattr(self.settings, name) for name in ("quality", "seed", "loss")}
        return {**recorded, **asked, "eval_set": self.data.looked_at is not None}
