"""`TabularModel`: an ensemble of networks behind the encoder of a table. What it predicts with is NumPy alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from layerwise import values
from layerwise.errors import ModelFileError, ParameterError, TableError
from layerwise.estimators.tabular.architecture import network_inputs
from layerwise.estimators.tabular.evaluation import Evaluation, baseline_metrics, check_evaluation, metrics
from layerwise.network import Array
from layerwise.storage import register
from layerwise.tables import Table, TableEncoder, TargetEncoder, as_table, is_source, open_source
from layerwise.training import TrainingResult

__all__ = ["TabularModel"]


@dataclass(frozen=True)
class TabularModel:
    """Trained networks with everything around them that turns a table into predictions.

    Attributes
    ----------
    encoder : TableEncoder
        From the columns to X.
    target : TargetEncoder
        From the target column to Y, and from Y_hat back.
    members : tuple of TrainingResult
        The networks with their parameters and histories; a prediction is the mean of theirs.
    temperature : float
        What the logits of every network were divided by, so that probabilities are right on average; 1 for none. The
        parameters of the last layers have it in them already.
    rows : dict of str to int
        How many rows it learnt from, how many of these were held out by some network, and how many had no target.
    evaluation : Evaluation
        Metrics, and what the report draws, on held-out rows.
    settings : dict
        The hyperparameters it was trained with, as JSON values.
    """

    encoder: TableEncoder
    target: TargetEncoder
    members: tuple[TrainingResult, ...]
    temperature: float
    rows: Mapping[str, int]
    evaluation: Evaluation
    settings: Mapping[str, Any] = field(default_factory=dict)

    def inputs(self, table: Table) -> Array:
        """Return X, (n_x, m), as the networks take it: numbers first, then positions of embeddings."""
        if self.target.name in table and self.target.name not in self.encoder.types:
            table = table.without(self.target.name)  # the answer, which is no column to be told of
        return network_inputs(self.encoder, table, self.members[0].parameters.dtype)

    def outputs(self, X: Array) -> Array:
        """Return the mean output of the networks, (n_y, m) in float64."""
        total = np.zeros((self.target.n_y, X.shape[1]))
        for member in self.members:
            total += member.predict(X)
        return total / len(self.members)

    def predict(self, table: Any) -> Array:
        """Return a label for each row, or for regression a number in the target's unit, (m,).

        Parameters
        ----------
        table : Table, data frame or mapping of columns
            Or the name of a file, a lazy frame of polars, a dataset of pyarrow or an iterator of frames, which are
            read in chunks.

        Raises
        ------
        TableError
            If the table does not fit the model, or an output is not finite, as after a divergence.
        """
        return self.target.decode(self._outputs_of(table))

    def places(self, table: Any) -> Array:
        """Return the place of each row's label among ``target.classes``, (m,); not for regression."""
        return self.target.places(self._outputs_of(table))

    def predict_proba(self, table: Any) -> Array:
        """Return the probability of each class of ``target.classes``, (m, classes); not for regression."""
        if self.target.task == "regression":
            raise ParameterError("predict_proba needs a model of classes. This one learnt numbers: use predict.")
        return self.target.probabilities(self._outputs_of(table))

    def evaluate(self, table: Any) -> dict[str, float]:
        """Return the metrics on rows that have a target.

        accuracy, log_loss (nats) and, for two classes, auc; or rmse, mae and r2 in the target's unit.
        """
        table = as_table(table)
        Y = self.target.encode(table).T
        with np.errstate(over="ignore", invalid="ignore"):
            return metrics(self.target, self.outputs(self.inputs(table)), Y)

    def baseline(self, table: Any) -> dict[str, float]:
        """Return the metrics of the trivial model: the class shares, or the mean, of the training rows."""
        return baseline_metrics(self.target, self.evaluation.constant, self.target.encode(as_table(table)).T)

    def _outputs_of(self, data: Any) -> Array:
        """Return the outputs, (m, n_y), of a table, or of one that is read in chunks."""
        if not is_source(data):
            return self.finite_outputs(as_table(data))
        tables = open_source(data).tables(self.encoder.types, missing=self.encoder.missing)
        return np.concatenate([self.finite_outputs(table) for table in tables])

    def finite_outputs(self, table: Table) -> Array:
        """Return the outputs of the rows of a table, (m, n_y).

        Raises
        ------
        TableError
            If one is not finite, with its row.
        """
        with np.errstate(over="ignore", invalid="ignore"):
            outputs = self.outputs(self.inputs(table)).T
        wrong = ~np.isfinite(outputs).all(axis=1)
        if wrong.any():
            row = int(table.row_numbers[int(wrong.argmax())])
            diverged = any(member.stopped == "diverged" for member in self.members)
            why = "it diverged in training" if diverged else "its weights are too large"
            raise TableError(
                f"Row {row}: the model's outputs are not finite: {why}. Train it again with a smaller learning rate."
            )
        return outputs

    kind = "tabular"

    def to_state(self) -> tuple[dict[str, Any], dict[str, Array]]:
        """Return the configuration (JSON values) and the tensors that a model file keeps."""
        configurations: list[dict[str, Any]] = []
        tensors: dict[str, Array] = {}
        for k, member in enumerate(self.members):
            configuration, of_member = member.to_state()
            configurations.append(configuration)
            tensors |= {f"{k}.{name}": tensor for name, tensor in of_member.items()}
        return {
            "encoder": self.encoder.to_config(),
            "target": self.target.to_config(),
            "members": configurations,
            "temperature": self.temperature,
            "rows": dict(self.rows),
            "evaluation": self.evaluation.to_config(),
            "settings": dict(self.settings),
        }, tensors

    @classmethod
    def from_state(cls, configuration: dict[str, Any], tensors: dict[str, Array]) -> TabularModel:
        """Build the model again from what `to_state` gave."""
        of_member: list[dict[str, Array]] = [{} for _ in configuration["members"]]
        for name, tensor in tensors.items():
            k, _, rest = name.partition(".")
            of_member[int(k)][rest] = tensor
        if not of_member:
            raise ModelFileError("it has no network")
        model = cls(
            TableEncoder.from_config(configuration["encoder"]),
            TargetEncoder.from_config(configuration["target"]),
            tuple(
                TrainingResult.from_state(config, of)
                for config, of in zip(configuration["members"], of_member, strict=True)
            ),
            values.number(configuration["temperature"], 1e-6, finite=True),
            {name: values.count(rows) for name, rows in values.mapping(configuration["rows"]).items()},
            Evaluation.from_config(configuration["evaluation"]),
            values.mapping(configuration["settings"]),
        )
        _check_fit(model)
        return model


def _check_fit(model: TabularModel) -> None:
    """Refuse parts of a file that do not go together."""
    if not {"training", "held_out"} <= model.rows.keys():
        raise ValueError("its rows are not counted")
    places = model.encoder.places
    positions = [(place.positions, place.ordered) for place in places if place.positions]
    for net in {member.network for member in model.members}:
        if net.n_x != len(places) or positions != [(entry.positions, entry.ordered) for entry in net.embeddings]:
            raise ValueError("its networks do not take the columns of its encoder")
        if net.sizes[-1] != model.target.n_y:
            raise ValueError("its networks do not give what its target has")
    if len({member.parameters.dtype for member in model.members}) > 1:
        raise ValueError("its networks are not of one floating type")
    check_evaluation(model.evaluation, model.target)


register(TabularModel.kind, TabularModel.from_state)
