"""`TableModel`: a network behind the encoders of a table, so that prediction needs nothing else."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from layerwise.checks import Reals
from layerwise.equations.lbfgs import LBFGS
from layerwise.equations.metrics import METRICS
from layerwise.equations.propagation import cost, forward
from layerwise.equations.streams import Purpose, permutation
from layerwise.errors import ParameterError, TableError
from layerwise.network import Array, Network
from layerwise.storage import register
from layerwise.tables import Table, TableEncoder, TargetEncoder, labelled
from layerwise.training import Callback, TrainingResult, train

__all__ = ["TableModel", "fit_table", "split"]

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
        """Return a label for each row, or for regression a number in the target's unit, (m,)."""
        return self.target.decode(self._outputs(table))

    def predict_proba(self, table: Table) -> Array:
        """Return the probability of each class of ``target.classes``, (m, classes); not for regression."""
        if self.target.task == "regression":
            raise ParameterError("predict_proba needs a model of classes. This one learnt numbers: use predict.")
        return self.target.probabilities(self._outputs(table))

    def evaluate(self, table: Table) -> dict[str, float]:
        """Return the metrics on rows that have a target: accuracy, log_loss (nats) and, for two classes, auc;
        or rmse, mae and r2 in the target's unit.
        """
        net, theta = self.result.network, self.result.parameters
        X, Y = self.encoder.transform(table).T, self.target.encode(table).T
        with np.errstate(over="ignore", invalid="ignore"):  # after a divergence the metrics are NaN
            run = forward(net, theta, X)
        if self.target.task == "regression":
            predicted = self.target.decode(run.Y_hat.T)[None, :]
            return _regression_metrics(predicted, Y * self.target.std + self.target.mean)
        metrics = {"accuracy": METRICS["accuracy"](run.Y_hat, Y, None), "log_loss": cost(net, theta, run, Y)}
        return metrics | ({"auc": METRICS["auc"](run.Y_hat, Y, None)} if self.target.task == "binary" else {})

    def baseline(self, table: Table) -> dict[str, float]:
        """Return the metrics of the trivial model: the class shares, or the mean, of the training rows."""
        Y = self.target.encode(table).T
        if self.target.task == "regression":
            return _regression_metrics(np.full(Y.shape, self.target.mean), Y * self.target.std + self.target.mean)
        shares = np.array(self.target.counts) / sum(self.target.counts)
        if self.target.task == "binary":
            Y_hat = np.full(Y.shape, shares[1])
            return {"accuracy": METRICS["accuracy"](Y_hat, Y, None), "log_loss": _log_loss(shares, Y), "auc": 0.5}
        Y_hat = np.repeat(shares[:, None], Y.shape[1], axis=1)
        return {"accuracy": METRICS["accuracy"](Y_hat, Y, None), "log_loss": _log_loss(shares, Y)}

    def _outputs(self, table: Table) -> Array:
        return self.result.predict(self.encoder.transform(table).T).T

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
        As for `TargetEncoder.fit` and `TableEncoder.fit`.
    hidden : sequence of int
        Units of the hidden layers; none at all is logistic or linear regression.
    activation : str
        Of the hidden layers.
    validation : float
        The part of the rows that is held out, in [0, 1); every class keeps its share.
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
    part = Reals(0.0, 1.0, "[", ")").check("fit_table", "validation", validation)
    rows, without_target = labelled(table, target)
    kept, held_out = split(rows, TargetEncoder.fit(rows, target, task=task), part, seed)
    encoder = TableEncoder.fit(kept, target, drop=drop, categorical=categorical)
    targets = TargetEncoder.fit(kept, target, task=task)
    if part and not held_out.n_rows:
        raise TableError(
            f"{rows.n_rows} rows are too few to hold out {part:g} of them. Use more rows, or --validation 0."
        )
    sizes = (encoder.n_features, *hidden, targets.n_y)
    net = Network(sizes, (*(activation,) * len(hidden), _OUTPUT[targets.task]))
    X, Y = encoder.transform(kept), targets.encode(kept)
    looked_at = (encoder.transform(held_out).T, targets.encode(held_out).T) if held_out.n_rows else None
    result = train(
        net,
        X.T,
        Y.T,
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
    shown = held_out if held_out.n_rows else kept
    return replace(model, metrics=model.evaluate(shown), baseline_metrics=model.baseline(shown))


def split(table: Table, target: TargetEncoder, part: float, seed: int) -> tuple[Table, Table]:
    """Return (kept, held out): at random from the seed, the same part of every class, in the table's order."""
    m = table.n_rows
    order = permutation(m, seed, Purpose.SPLIT)
    if target.task == "regression":
        groups = [order]
    else:
        classes = np.unique(table[target.name], return_inverse=True)[1][order]
        groups = [order[classes == place] for place in range(len(target.classes))]
    held_out = np.zeros(m, bool)
    for group in groups:
        held_out[group[: int(part * len(group))]] = True
    return table.take(~held_out), table.take(held_out)


def _batch_size(m: int, optimizer: Any) -> int | None:
    return None if optimizer == "lbfgs" or isinstance(optimizer, LBFGS) else min(256, max(32, m // 100))


def _regression_metrics(Y_hat: Array, Y: Array) -> dict[str, float]:
    return {name: METRICS[name](Y_hat, Y, None) for name in ("rmse", "mae", "r2")}


def _log_loss(shares: Array, Y: Array) -> float:
    # The mean of −log of the share of each row's own class.
    positives = Y[0].mean()
    right = np.array([1 - positives, positives]) if len(Y) == 1 else Y.mean(axis=1)
    return float(-(right * np.log(shares)).sum())
