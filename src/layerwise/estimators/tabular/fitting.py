"""`fit_model`: from the columns of a table and its target to a `TabularModel`."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from layerwise.engines import EarlyStopping
from layerwise.engines.blas_threads import one_blas_thread
from layerwise.equations.optimizers import AdamW
from layerwise.equations.schedules import schedule_of
from layerwise.equations.streams import Purpose, permutation
from layerwise.errors import DivergenceWarning, LayerwiseError, ParameterError, TableError
from layerwise.estimators.tabular.architecture import (
    MONOTONE_ACTIVATION,
    Architecture,
    check_monotone,
    inputs_of,
    linear_output,
    network_inputs,
)
from layerwise.estimators.tabular.calibration import cooled, temperature_of
from layerwise.estimators.tabular.checkpoint import FitCheckpoint, fingerprint_of
from layerwise.estimators.tabular.evaluation import Evaluation, Importance, evaluated, mean_target
from layerwise.estimators.tabular.folds import fold_of_rows, member_seeds
from layerwise.estimators.tabular.importance import gradient_importance, permutation_importance
from layerwise.estimators.tabular.members import train_members
from layerwise.estimators.tabular.model import TabularModel
from layerwise.estimators.tabular.recipe import recipe_of
from layerwise.estimators.tabular.settings import Settings
from layerwise.network import Array
from layerwise.tables import Table, TableEncoder, TargetEncoder
from layerwise.training import Callback, TrainingResult, predict, train

__all__ = ["Rows", "fit_model", "said_of"]

LEAST_ROWS = 10
"""With fewer, none are held out: the training goes through all epochs."""

SHUFFLED, DERIVED = 50_000, 256
"""How many cells are shuffled, and of how many rows derivatives are taken, to tell the importance of the columns: of
each network's held-out rows."""


@dataclass(frozen=True)
class Rows:
    """Rows of a table with their targets.

    Attributes
    ----------
    table : Table
    Y : (n_y, m) array
    w : (m,) array or None
        Weights, all above 0.
    called : str
        What an error about them begins with.
    """

    table: Table
    Y: Array
    w: Array | None = None
    called: str = ""


def fit_model(
    training: Rows,
    target: TargetEncoder,
    settings: Settings,
    *,
    evaluation: Rows | None = None,
    without_target: int = 0,
) -> TabularModel:
    """Train an ensemble on a table.

    Parameters
    ----------
    training : Rows
    target : TargetEncoder
        As which `Y` was encoded.
    settings : Settings
    evaluation : Rows, optional
        What every network looks at; None holds out a fold of the training rows for each.
    without_target : int
        How many rows were left out before, for the record.

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
    return _Fit(training, target, settings, evaluation).model(without_target)


class _Fit:
    def __init__(self, training: Rows, target: TargetEncoder, settings: Settings, evaluation: Rows | None) -> None:
        self.target, self.settings = target, settings
        settings.monitor(target.task)  # which is refused though nothing may be held out to compute it on
        self.recipe = recipe_of(settings.quality, training.table.n_rows, settings.given())
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
        self.X, self.Y, self.w = self._matrix(training.table), training.Y, training.w
        self.looked_at = None if evaluation is None else self._arrays(evaluation)
        self.folds = self._folds()
        self.architecture = Architecture.of(self.encoder.places, self.recipe, self._output(), self.monotone)
        self.seeds = member_seeds(settings.seed, self.recipe.n_estimators)
        self.checkpoint = self._checkpoint()

    def model(self, without_target: int) -> TabularModel:
        callbacks = [*self.settings.callbacks, *([self.checkpoint] if self.checkpoint else [])]
        results, interrupted = train_members(self._train, self.recipe.n_estimators, callbacks, self.settings.threads)
        if interrupted and not any(len(result.history) for result in results.values()):
            raise KeyboardInterrupt
        if self.checkpoint and not interrupted:
            self.checkpoint.remove()
        members = self._finite(results)
        temperature = self._temperature(members)
        if temperature != 1:
            members = [(k, replace(member, parameters=cooled(member.parameters, temperature))) for k, member in members]
        rows = {"training": self.m, "held_out": self._held_out_rows(), "without_target": without_target}
        return TabularModel(
            self.encoder,
            self.target,
            tuple(replace(member, progress=None) for _, member in members),
            temperature,
            rows,
            self._evaluation(members),
            self._record(),
        )

    # the parts, in the order in which they are needed

    @property
    def m(self) -> int:
        return self.X.shape[1]

    def _matrix(self, table: Table) -> Array:
        return network_inputs(self.encoder, table, np.float32)

    def _arrays(self, rows: Rows) -> tuple[Array, Array, Array | None]:
        with said_of(rows.called):
            return self._matrix(rows.table), rows.Y, rows.w

    def _folds(self) -> Array | None:
        """Return the fold of each row, or None where none are held out."""
        if self.looked_at is not None or not self.settings.validation or self.m < LEAST_ROWS:
            return None
        n = max(2, round(1 / max(self.settings.validation, 1 / self.m)))
        task = self.target.task
        strata = None if task == "regression" else self.target.probabilities(self.Y.T).argmax(axis=1)
        folds = fold_of_rows(strata, self.m, self.settings.seed, n)
        if not (folds >= 0).any():
            raise TableError(
                f"Of {self.m} rows none can be held out, as each class needs a row to learn from. "
                "Use more rows, or none to hold out: validation=0 (--validation 0)."
            )
        return folds

    def _held_out(self, k: int) -> Array:
        """Return a mask of the rows that network k holds out."""
        if self.folds is None:
            return np.zeros(self.m, bool)
        return np.asarray(self.folds == k % (self.folds.max() + 1))

    def _held_out_rows(self) -> int:
        if self.looked_at is not None:
            return int(self.looked_at[0].shape[1])
        return int(np.any([self._held_out(k) for k in range(self.recipe.n_estimators)], axis=0).sum())

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
        data = (self.X, self.Y, self.w, *(self.looked_at or ()), self.folds)
        metric = getattr(settings.metric, "name", settings.metric)
        ways = {"metric": metric, "smoothing": self._smoothing(), "engine": settings.engine, "monotone": self.monotone}
        described = {**self._record(), **ways, "network": self.architecture.network.to_config()}
        fingerprint = fingerprint_of(data, described)
        return FitCheckpoint(Path(settings.checkpoint), settings.checkpoint_every, self.recipe.epochs, fingerprint)

    def _train(self, k: int, callbacks: Sequence[Callback], threads: int | None) -> TrainingResult:
        recipe, net = self.recipe, self.architecture.network
        earlier = self.checkpoint.results.get(k) if self.checkpoint else None
        if earlier and self.checkpoint and k in self.checkpoint.ready:
            return earlier
        held = self._held_out(k)
        X, Y, w = _some(self.X, self.Y, self.w, ~held)
        looked_at: Any = self.looked_at or (_some(self.X, self.Y, self.w, held) if held.any() else None)
        fade = schedule_of("schedule", "flat_cosine")
        return train(
            net,
            X,
            Y,
            sample_weight=w,
            validation=looked_at,
            optimizer=AdamW(recipe.learning_rate, beta2=recipe.beta2, weight_decay=recipe.weight_decay),
            schedule="cosine",
            dropout=recipe.dropout if recipe.hidden else 0.0,
            dropout_schedule=fade,
            decay_schedule=fade,
            batch_size=min(recipe.batch_size, X.shape[1]),
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
            threads=threads,
            engine=self.settings.engine,
        )

    def _stopping(self) -> EarlyStopping:
        return EarlyStopping(patience=self.recipe.patience, monitor=self.settings.monitor(self.target.task))

    def _smoothing(self) -> float:
        given = self.settings.label_smoothing
        if self.target.task == "regression":
            return 0.0
        return (0.1 if self.settings.metric == "accuracy" else 0.0) if given is None else given

    def _finite(self, results: Mapping[int, TrainingResult]) -> list[tuple[int, TrainingResult]]:
        """Return the networks with their numbers, without those that diverged if others did not."""
        numbered = list(results.items())
        sound = [(k, result) for k, result in numbered if result.stopped != "diverged" and len(result.history)]
        if not sound:
            warnings.warn("Every network diverged: use a smaller learning_rate.", DivergenceWarning, stacklevel=4)
        return sound or numbered

    def _looked_at(self, k: int) -> tuple[Array, Array, Array | None]:
        """Return what network k was held against: its held-out rows, the evaluation rows, or the training rows."""
        return self.looked_at or _some(self.X, self.Y, self.w, self._measured_on(k))

    def _measured_on(self, k: int) -> Array:
        """Return a mask of the training rows that network k is measured on: all, where it holds out none."""
        held = self._held_out(k)
        return held if held.any() else ~held

    def _temperature(self, members: Sequence[tuple[int, TrainingResult]]) -> float:
        if self.target.task == "regression" or not self.settings.calibrate or not self._held_out_rows():
            return 1.0
        if any(member.stopped == "diverged" for _, member in members):
            return 1.0
        net = linear_output(self.architecture.network)
        looked = [self._looked_at(k) for k, _ in members]
        logits = [predict(net, member.parameters, X) for (_, member), (X, _, _) in zip(members, looked, strict=True)]
        weights = [np.ones(X.shape[1]) if w is None else w for X, _, w in looked]
        return temperature_of(logits, [Y for _, Y, _ in looked], weights)

    def _evaluation(self, members: Sequence[tuple[int, TrainingResult]]) -> Evaluation:
        """Predict each row by the mean of the networks that did not learn from it."""
        X, Y, w = self.looked_at or (self.X, self.Y, self.w)
        total, count = np.zeros(Y.shape), np.zeros(Y.shape[1])
        for k, member in members:
            rows = np.ones(Y.shape[1], bool) if self.looked_at else self._measured_on(k)
            with np.errstate(over="ignore", invalid="ignore"):  # as after a divergence
                total[:, rows] += member.predict(X[:, rows])
            count[rows] += 1
        seen = count > 0
        Y_hat = total[:, seen] / count[seen]
        w = None if w is None else w[seen]
        return evaluated(self.target, Y_hat, Y[:, seen], w, self._importances(members), mean_target(self.Y, self.w))

    def _importances(self, members: Sequence[tuple[int, TrainingResult]]) -> list[Importance]:
        if any(member.stopped == "diverged" for _, member in members):
            return []
        net = self.architecture.network
        columns: dict[str, list[int]] = {}
        for row, place in enumerate(inputs_of(self.encoder.places)):
            columns.setdefault(self.encoder.places[place].column, []).append(row)
        shuffled, derived = [], []
        for k, member in members:
            X, Y, w = self._looked_at(k)
            drawn = permutation(X.shape[1], self.seeds[k], Purpose.IMPORTANCE, len(columns))
            few = _some(X, Y, w, np.sort(drawn[: max(DERIVED, min(2000, SHUFFLED // len(columns)))]))
            shuffled.append(permutation_importance(net, member.parameters, *few, columns, self.seeds[k]))
            with one_blas_thread():
                derived.append(gradient_importance(net, member.parameters, X[:, np.sort(drawn[:DERIVED])], columns))
        return [
            Importance(
                name,
                float(np.mean([found[name] for found in shuffled])),
                float(np.std([found[name] for found in shuffled])),
                float(np.mean([found[name] for found in derived])),
            )
            for name in columns
        ]

    def _record(self) -> dict[str, Any]:
        recipe: Mapping[str, Any] = vars(self.recipe)
        recorded = {name: list(value) if isinstance(value, tuple) else value for name, value in recipe.items()}
        asked = {name: getattr(self.settings, name) for name in ("quality", "seed", "loss")}
        return {**recorded, **asked, "eval_set": self.looked_at is not None}


@contextmanager
def said_of(what: str) -> Iterator[None]:
    """Let the message of an error begin with what it is about, if that is said."""
    try:
        yield
    except LayerwiseError as error:
        if not what:
            raise
        raise type(error)(f"{what}: {error}") from error


def _some(X: Array, Y: Array, w: Array | None, rows: Any) -> tuple[Array, Array, Array | None]:
    return X[:, rows], Y[:, rows], None if w is None else w[rows]
