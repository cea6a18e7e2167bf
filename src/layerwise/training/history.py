"""What a run leaves behind: its history and its result."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from layerwise import values
from layerwise.engines import Divergence, Outcome, Progress
from layerwise.equations.shapes import check_fit
from layerwise.network import Array, Network, Parameters
from layerwise.storage import register
from layerwise.training.predicting import predict

__all__ = ["STOPPED", "History", "TrainingResult"]

STOPPED = (
    "callback",
    "converged",
    "diverged",
    "early_stopping",
    "epochs",
    "evaluations",
    "flat",
    "interrupted",
    "plateau",
    "stalled",
)
"""Why a run can have ended."""


@dataclass(frozen=True)
class History:
    """One number for each finished epoch.

    Attributes
    ----------
    cost : list of float
        ``cost[e]`` is the mean over epoch e's examples, each batch before its own update, with the L2 penalty.
        For full batches it is the cost before update e, as the course prints it.
    validation_cost : list of float
        After epoch e, without the penalty; empty without validation examples.
    learning_rate : list of float
        Of the last step of the epoch, with the factor of the schedule; 1 for L-BFGS, which searches.
    metrics : dict of str to list of float
        On the validation examples: those that `metrics` and early stopping asked for.
    """

    cost: list[float] = field(default_factory=list)
    validation_cost: list[float] = field(default_factory=list)
    learning_rate: list[float] = field(default_factory=list)
    metrics: dict[str, list[float]] = field(default_factory=dict)

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> History:
        """Build the history from the JSON values of a model file."""
        lists = {name: values.numbers(config[name]) for name in ("cost", "validation_cost", "learning_rate")}
        metrics = {name: values.numbers(curve) for name, curve in values.mapping(config["metrics"]).items()}
        return cls(**lists, metrics=metrics)

    def followed_by(self, outcome: Outcome) -> History:
        """Return the history of a run with the epochs that it has finished since."""
        return History(
            self.cost + outcome.cost,
            self.validation_cost + outcome.validation_cost,
            self.learning_rate + outcome.learning_rate,
            {name: self.metrics.get(name, []) + values for name, values in outcome.metrics.items()},
        )

    def __len__(self) -> int:
        return len(self.cost)

    def __repr__(self) -> str:
        if not self.cost:
            return "History(no epochs)"
        validation = f", validation cost {self.validation_cost[-1]:.6g}" if self.validation_cost else ""
        return f"History({len(self)} epochs, cost {self.cost[0]:.6g} -> {self.cost[-1]:.6g}{validation})"

    def plot(self, path: str | Path | None = None, title: str = "Learning curve") -> Any:
        """Draw the costs over the epochs; return matplotlib's figure, and write it to `path` if one is given.

        Raises
        ------
        MissingDependencyError
            If matplotlib is not installed.
        """
        from layerwise.training.plotting import plot_history

        return plot_history(self, path, title)


@dataclass(frozen=True)
class TrainingResult:
    """A trained network: what `layerwise.train` returns and `layerwise.save` keeps.

    Attributes
    ----------
    network : Network
    parameters : Parameters
        The last finite ones, or the best ones where early stopping asked for them; averages of them where `averaging`
        did.
    history : History
    stopped : str
        Why the run ended: "epochs" (all of them), "early_stopping", "callback", "converged" (L-BFGS),
        "flat", "stalled" or "evaluations" (L-BFGS, see `layerwise.engines.Outcome`), "interrupted" (Ctrl-C) or
        "diverged".
    best_epoch : int or None
        The epoch with the lowest validation cost, or the best one by what early stopping monitors.
    restored : bool
        Whether the parameters are those of the best epoch, rather than the last ones.
    divergence : Divergence or None
        Where the run stopped being finite.
    progress : Progress or None
        Where the run stands, for ``train(..., resume=result)``. None after a divergence, and for a result that was
        loaded, as a model file does not keep it: neither can be resumed.
    """

    network: Network
    parameters: Parameters
    history: History
    stopped: str = "epochs"
    best_epoch: int | None = None
    restored: bool = False
    divergence: Divergence | None = None
    progress: Progress | None = field(default=None, compare=False)

    @classmethod
    def of(cls, network: Network, outcome: Outcome, earlier: History | None = None) -> TrainingResult:
        """Return the result of a run, after the history of the one that it resumed."""
        return cls(
            network,
            outcome.parameters,
            (earlier or History()).followed_by(outcome),
            outcome.stopped,
            outcome.best_epoch,
            outcome.restored,
            outcome.divergence,
            outcome.progress,
        )

    def predict(self, X: Array) -> Array:
        """Return Y_hat, (n_y, m), for X, (n_x, m); see `layerwise.predict`."""
        return predict(self.network, self.parameters, X)

    def __repr__(self) -> str:
        sizes = "-".join(map(str, self.network.sizes))
        return f"TrainingResult({sizes}, {self.history!r}, stopped={self.stopped!r})"

    kind = "network"

    def to_state(self) -> tuple[dict[str, Any], dict[str, Array]]:
        """Return the configuration (JSON values) and the tensors that a model file keeps."""
        configuration = {
            "network": self.network.to_config(),
            "history": vars(self.history),
            "stopped": self.stopped,
            "best_epoch": self.best_epoch,
            "restored": self.restored,
            "divergence": None if self.divergence is None else vars(self.divergence),
        }
        return configuration, parameters_to_tensors(self.parameters)

    @classmethod
    def from_state(cls, configuration: dict[str, Any], tensors: dict[str, Array]) -> TrainingResult:
        """Build the result again from what `to_state` gave."""
        network = Network.from_config(configuration["network"])
        best = configuration["best_epoch"]
        return cls(
            network,
            parameters_from_tensors(network, tensors),
            History.from_config(configuration["history"]),
            values.named(configuration["stopped"], STOPPED),
            None if best is None else values.count(best),
            values.boolean(configuration["restored"]),
            _divergence(configuration["divergence"]),
        )


def _divergence(config: Any) -> Divergence | None:
    if config is None:
        return None
    layer = config["layer"]
    of_layer = None if layer is None else values.count(layer)
    return Divergence(
        values.count(config["epoch"]), values.count(config["step"]), values.text(config["tensor"]), of_layer
    )


def parameters_to_tensors(theta: Parameters) -> dict[str, Array]:
    """Return {"W1": W[1], "b1": b[1], ..., "E0": E[0], ...} for a model file."""
    layers, tables = range(1, len(theta.W)), enumerate(theta.E)
    named = {f"{name}{l}": of[l] for l in layers for name, of in (("W", theta.W), ("b", theta.b))}
    named |= {f"E{j}": table for j, table in tables if table is not None}
    return {name: np.ascontiguousarray(array) for name, array in named.items()}


def parameters_from_tensors(network: Network, tensors: dict[str, Array]) -> Parameters:
    """Build the parameters of a network from the tensors of a model file."""
    layers, tables = range(1, network.L + 1), [j for j, shape in enumerate(network.layout.tables) if shape]
    if tensors.keys() != {f"{name}{l}" for l in layers for name in "Wb"} | {f"E{j}" for j in tables}:
        embeddings = f" and {len(tables)} embeddings" if tables else ""
        raise ValueError(f"its tensors {sorted(tensors)} are not those of {network.L} layers{embeddings}")
    theta = Parameters(
        W=[tensors[f"W{l}"] for l in layers],
        b=[tensors[f"b{l}"] for l in layers],
        E=[tensors[f"E{j}"] if shape else None for j, shape in enumerate(network.layout.tables)],
    )
    check_fit("load", network, theta)
    if not (np.isfinite(theta.vector.min()) and np.isfinite(theta.vector.max())):  # which allocate nothing
        raise ValueError("its parameters are not finite")
    return theta


register(TrainingResult.kind, TrainingResult.from_state)
