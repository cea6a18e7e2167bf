"""`TableModel`: a network behind the encoders of a table, so that prediction needs nothing else."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from layerwise.checks import SEED
from layerwise.equations.lbfgs import LBFGS
from layerwise.equations.metrics import METRICS
from layerwise.equations.propagation import cost, forward
from layerwise.errors import ParameterError, TableError
from layerwise.estimators.splitting import PART, held_out_rows
from layerwise.network import Array, Network
from layerwise.storage import register
from layerwise.tables import Table, TableEncoder, TargetEncoder, labelled
from layerwise.training import Callback, TrainingResult, train

__all__ = ["TableModel", "fit_table"]

Encoders = Callable[[Table], tuple[TableEncoder, TargetEncoder]]

_FAR = 1e9
"""Standard deviations from the mean beyond which a target is never held out: its square would overflow float32."""

_OUTPUT = {"binary": "sigmoid", "multiclass": "softmax", "regression": "identity"}


@dataclass(frozen=True)
class TableModel:
    """A trained network with everything around it that turns a table into predictions.

    Attributes
    ----------
    encoder : TableEncoder
        From the columns to X.
    target : TargetEncoder
        From the target column to Y, and from Y_hat back.
    result : TrainingResult
        The network, its parameters and its history.
    rows : dict of str to int
        How many rows it learnt from, how many were held out, and how many had no target.
    metrics, baseline_metrics : dict of str to float
        Of the model and of the trivial baseline on the held-out rows; on the training rows if none were.
    """

    encoder: TableEncoder
    target: TargetEncoder
    result: TrainingResult
    rows: Mapping[str, int]
    metrics: Mapping[str, float]
    baseline_metrics: Mapping[str, float]

    def predict(self, table: Table) -> Array:
        """Return a label for each row, or for regression a number in the target's unit, (m,).

        Raises
        ------
        TableError
            If the table does not fit the model, or an output is not finite, as after a divergence.
        """
        return self.target.decode(self._finite_outputs(table))

    def predict_proba(self, table: Table) -> Array:
        """Return the probability of each class of ``target.classes``, (m, classes); not for regression."""
        if self.target.task == "regression":
            raise ParameterError("predict_proba needs a model of classes. This one learnt numbers: use predict.")
        return self.target.probabilities(self._finite_outputs(table))

    def evaluate(self, table: Table) -> dict[str, float]:
        """Return the metrics on rows that have a target: accuracy, log_loss (nats) and, for two classes, auc;
        or rmse, mae and r2 in the target's unit. After a divergence they may be NaN.
        """
        return self._metrics(self.encoder.transform(table).T, self.target.encode(table).T)

    def baseline(self, table: Table) -> dict[str, float]:
        """Return the metrics of the trivial model: the class shares, or the mean, of the training rows."""
        return self._baseline(self.target.encode(table).T)

    def _metrics(self, X: Array, Y: Array) -> dict[str, float]:
        net, theta = self.result.network, self.result.parameters
        with np.errstate(over="ignore", invalid="ignore"):
            run = forward(net, theta, X)
            if self.target.task == "regression":
                return _regression_metrics(run.Y_hat, Y, self.target.std)
            metrics = {"accuracy": METRICS["accuracy"](run.Y_hat, Y, None), "log_loss": cost(net, theta, run, Y)}
            return metrics | ({"auc": METRICS["auc"](run.Y_hat, Y, None)} if self.target.task == "binary" else {})

    def _baseline(self, Y: Array) -> dict[str, float]:
        if self.target.task == "regression":
            return _regression_metrics(np.zeros(Y.shape), Y, self.target.std)
        shares = np.array(self.target.counts) / sum(self.target.counts)
        if self.target.task == "binary":
            Y_hat = np.full(Y.shape, shares[1])
            return {"accuracy": METRICS["accuracy"](Y_hat, Y, None), "log_loss": _log_loss(shares, Y), "auc": 0.5}
        Y_hat = np.repeat(shares[:, None], Y.shape[1], axis=1)
        return {"accuracy": METRICS["accuracy"](Y_hat, Y, None), "log_loss": _log_loss(shares, Y)}

    def _finite_outputs(self, table: Table) -> Array:
        with np.errstate(over="ignore", invalid="ignore"):
            outputs = self.result.predict(self.encoder.transform(table).T).T
        wrong = ~np.isfinite(outputs).all(axis=1)
        if wrong.any():
            row = int(table.row_numbers[int(wrong.argmax())])
            why = "it diverged in training" if self.result.stopped == "diverged" else "its weights are too large"
            raise TableError(
                f"Row {row}: the model's outputs are not finite: {why}. Train it again with a smaller learning rate."
            )
        return outputs

    kind = "table"

    def to_state(self) -> tuple[dict[str, Any], dict[str, Array]]:
        """Return the configuration (JSON values) and the tensors that a model file keeps."""
        configuration, tensors = self.result.to_state()
        configuration |= {
            "encoder": self.encoder.to_config(),
            "target": self.target.to_config(),
            "rows": dict(self.rows),
            "metrics": dict(self.metrics),
            "baseline_metrics": dict(self.baseline_metrics),
        }
        return configuration, tensors

    @classmethod
    def from_state(cls, configuration: dict[str, Any], tensors: dict[str, Array]) -> TableModel:
        """Build the model again from what `to_state` gave."""
        return cls(
            TableEncoder.from_config(configuration["encoder"]),
            TargetEncoder.from_config(configuration["target"]),
            TrainingResult.from_state(configuration, tensors),
            configuration["rows"],
            configuration["metrics"],
            configuration["baseline_metrics"],
        )


register(TableModel.kind, TableModel.from_state)


def fit_table(
    table: Table,
    target: str,
    *,
    task: str | None = None,
    drop: Collection[str] = (),
    categorical: Collection[str] = (),
    hidden: Sequence[int] = (64, 32),
    activation: str = "relu",
    validation: float = 0.2,
    batch_size: int | None = None,
    optimizer: Any = "adam",
    seed: int = 0,
    early_stopping: int | None = 20,
    callbacks: Sequence[Callback] = (),
    **options: Any,
) -> TableModel:
    """Train a network on a table.

    Parameters
    ----------
    table : Table
    target : str
        The column to learn; rows without it are left out.
    task, drop, categorical
        As for `TargetEncoder.fit` and `TableEncoder.fit`; the numbers of a `categorical` target are classes.
    hidden : sequence of int
        Units of the hidden layers; none at all is logistic or linear regression.
    activation : str
        Of the hidden layers.
    validation : float
        The part of the rows that is held out, in [0, 1); every class keeps its share. A row whose target is
        beyond all measure of the others is learnt from and never held out.
    batch_size : int, optional
        None takes a hundredth of the training rows, at least 32 and at most 256; with lbfgs all of them.
    early_stopping : int, optional
        Epochs without a lower validation cost; not used where no rows are held out.
    optimizer, seed, callbacks, options
        As for `layerwise.train`.

    Returns
    -------
    TableModel

    Raises
    ------
    TableError, ParameterError
        Before anything is trained.
    """
    seed = SEED.check("fit_table", "seed", seed)
    part = PART.check("fit_table", "validation", validation)
    rows, without_target = labelled(table, target)
    whole = TargetEncoder.fit(rows, target, task=task or _task_of_a_categorical(rows, target, categorical))

    def encoders(kept: Table) -> tuple[TableEncoder, TargetEncoder]:
        encoder = TableEncoder.fit(kept, target, drop=drop, categorical=categorical, embed=False)
        return encoder, TargetEncoder.fit(kept, target, task=whole.task)

    kept, held_out, encoder, targets = _parts(rows, whole, part, seed, encoders)
    sizes = (encoder.n_features, *hidden, targets.n_y)
    net = Network(sizes, (*(activation,) * len(hidden), _OUTPUT[targets.task]))
    learnt_from = encoder.transform(kept).T, targets.encode(kept).T
    looked_at = (encoder.transform(held_out).T, targets.encode(held_out).T) if held_out.n_rows else None
    result = train(
        net,
        *learnt_from,
        validation=looked_at,
        early_stopping=early_stopping if looked_at else None,
        batch_size=_batch_size(kept.n_rows, optimizer) if batch_size is None else batch_size,
        optimizer=optimizer,
        seed=seed,
        callbacks=callbacks,
        **options,
    )
    counts = {"training": kept.n_rows, "held_out": held_out.n_rows, "without_target": without_target}
    model = TableModel(encoder, targets, result, counts, {}, {})
    X, Y = looked_at or learnt_from
    return replace(model, metrics=model._metrics(X, Y), baseline_metrics=model._baseline(Y))


def _task_of_a_categorical(rows: Table, target: str, categorical: Collection[str]) -> str | None:
    if target not in categorical:
        return None
    return "binary" if len(set(rows[target].tolist())) == 2 else "multiclass"


def _parts(
    rows: Table, target: TargetEncoder, part: float, seed: int, encoders: Encoders
) -> tuple[Table, Table, TableEncoder, TargetEncoder]:
    """Return the rows to learn from, those to hold out, and the encoders fitted to the first."""
    mask = held_out_rows(rows, target, part, seed)
    encoder, targets = encoders(rows.take(~mask))
    far = mask & (np.abs(targets.encode(rows)) > _FAR).any(axis=1)
    if far.any():
        mask &= ~far
        encoder, targets = encoders(rows.take(~mask))
    if part and not mask.any():
        raise TableError(
            f"Of {rows.n_rows} rows no part of {part:g} can be held out, as each class needs a row to learn from. "
            "Use more rows, or none to hold out: validation=0 (--validation 0)."
        )
    return rows.take(~mask), rows.take(mask), encoder, targets


def _batch_size(m: int, optimizer: Any) -> int | None:
    return None if optimizer == "lbfgs" or isinstance(optimizer, LBFGS) else min(256, max(32, m // 100))


def _regression_metrics(Y_hat: Array, Y: Array, std: float) -> dict[str, float]:
    # From standardised numbers, as squares in the target's unit overflow at 1e300 and vanish at 1e-300.
    rmse, mae, r2 = (METRICS[name](Y_hat, Y, None) for name in ("rmse", "mae", "r2"))
    return {"rmse": rmse * std, "mae": mae * std, "r2": r2}


def _log_loss(shares: Array, Y: Array) -> float:
    # The mean of −log of the share of each row's own class.
    positives = Y[0].mean()
    right = np.array([1 - positives, positives]) if len(Y) == 1 else Y.mean(axis=1)
    return float(-(right * np.log(shares)).sum())
