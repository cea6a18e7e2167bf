"""`Checkpoint`: a file that a run writes as it goes, from which it can be resumed with the same bits."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from layerwise import values
from layerwise.checks import COUNT
from layerwise.engines import Best, Progress
from layerwise.equations.optimizers import OPTIMIZERS, State, UpdateRule
from layerwise.errors import ParameterError
from layerwise.network import Array, Network, Parameters
from layerwise.storage import register, save
from layerwise.training.callbacks import TrainingState
from layerwise.training.history import TrainingResult

__all__ = ["Checkpoint", "snapshot_from_state", "snapshot_state"]


class Checkpoint:
    """A callback that keeps the run in a file, every so many epochs.

    ``layerwise.load`` gives a `TrainingResult` back that ``layerwise.train(..., resume=result)`` goes on from, with
    all other arguments as they were and the bits of a run that was never interrupted. The file is replaced in one
    step, so that a crash leaves the last one whole.

    Parameters
    ----------
    path : str or Path
    every : int
        Epochs from one writing to the next.

    Examples
    --------
    >>> import tempfile, numpy as np, layerwise as lw
    >>> X, Y = np.array([[0.0, 1.0, 2.0]]), np.array([[1.0, 3.0, 5.0]])
    >>> net, file = lw.Network((1, 1), ("identity",)), tempfile.mkdtemp() + "/run.safetensors"
    >>> whole = lw.train(net, X, Y, epochs=30)
    >>> part = lw.train(net, X, Y, epochs=20, callbacks=[lw.Checkpoint(file, every=20)])
    >>> again = lw.train(net, X, Y, epochs=30, resume=lw.load(file))
    >>> bool((again.parameters.vector == whole.parameters.vector).all())
    True
    """

    def __init__(self, path: str | Path, every: int = 5) -> None:
        if not isinstance(path, str | Path):
            raise ParameterError(f"The 'path' parameter of Checkpoint must be the name of a file. Got {path!r}.")
        self.path, self.every = Path(path), COUNT.check("Checkpoint", "every", every)

    def on_epoch_end(self, state: TrainingState) -> None:
        """Write the file, if it is time."""
        if (state.epoch + 1) % self.every == 0:
            save(_Snapshot(state.result()), self.path)


class _Snapshot:
    """A result with its progress, as it stands in a file."""

    kind = "checkpoint"

    def __init__(self, result: TrainingResult) -> None:
        self.result = result

    def to_state(self) -> tuple[dict[str, Any], dict[str, Array]]:
        return snapshot_state(self.result)


def snapshot_state(result: TrainingResult) -> tuple[dict[str, Any], dict[str, Array]]:
    """Return a result and its progress as JSON values and tensors.

    Raises
    ------
    ParameterError
        If its optimizer cannot be written, as L-BFGS and rules of one's own.
    """
    configuration, tensors = result.to_state()
    at = result.progress
    if at is None:
        return {**configuration, "progress": None}, tensors
    names = {rule: name for name, rule in OPTIMIZERS.items()}
    rule: Any = at.optimizer
    if type(rule) not in names or not isinstance(rule, UpdateRule):
        raise ParameterError(
            f"A checkpoint keeps runs of the library's own update rules, such as adam. Got {type(rule).__name__}."
        )
    state: Any = at.state
    vectors = {"parameters": at.parameters, "best": at.best.parameters, "averaged": at.averaged}
    tensors |= {f"progress.{name}": theta.vector for name, theta in vectors.items() if theta is not None}
    tensors |= {f"progress.state.{letter}": vector for letter, vector in (state.slots if state else {}).items()}
    best = {name: value for name, value in vars(at.best).items() if name != "parameters"}
    plain = ("steps", "base_learning_rate", "epochs", "step", "summed_cost", "learning_rate")
    progress = {
        **{name: getattr(at, name) for name in plain},
        "optimizer": [names[type(rule)], asdict(rule)],
        "t": state.t if state else 0,
        "best": best,
    }
    return {**configuration, "progress": progress}, tensors


def snapshot_from_state(configuration: dict[str, Any], tensors: dict[str, Array]) -> TrainingResult:
    """Build the result again from what `snapshot_state` gave."""
    own = {name: tensor for name, tensor in tensors.items() if not name.startswith("progress.")}
    result = TrainingResult.from_state(configuration, own)
    if configuration["progress"] is None:
        return result
    kept = {name.removeprefix("progress."): tensor for name, tensor in tensors.items() if name not in own}
    progress = _progress(result.network, configuration["progress"], kept)
    return TrainingResult(**{**vars(result), "progress": progress})


def _progress(net: Network, config: dict[str, Any], tensors: dict[str, Array]) -> Progress:
    _check_vectors(net, tensors)

    def parameters(name: str) -> Parameters | None:
        return Parameters.from_vector(net.layout, tensors[name]) if name in tensors else None

    name, settings = config["optimizer"]
    rule: Any = OPTIMIZERS[name](**settings)
    slots = {key.removeprefix("state."): tensor for key, tensor in tensors.items() if key.startswith("state.")}
    t = values.count(config["t"])
    if slots.keys() != set(rule.slots if t else ()):
        raise ValueError(f"its averages {sorted(slots)} are not those of {name}")
    return Progress(
        optimizer=rule,
        parameters=Parameters.from_vector(net.layout, tensors["parameters"]),
        steps=values.count(config["steps"], least=1),
        base_learning_rate=values.number(config["base_learning_rate"], least=0.0, finite=True),
        state=State(t, slots) if t else None,
        epochs=values.count(config["epochs"]),
        step=values.count(config["step"]),
        summed_cost=values.number(config["summed_cost"]),
        learning_rate=values.number(config["learning_rate"]),
        best=_best(config["best"], parameters("best")),
        averaged=parameters("averaged"),
    )


def _check_vectors(net: Network, tensors: dict[str, Array]) -> None:
    # an engine takes them as they are: each a number for every parameter, all of one type
    dtypes = {vector.dtype for vector in tensors.values()}
    if "parameters" not in tensors or len(dtypes) != 1 or not dtypes <= {np.dtype("f4"), np.dtype("f8")}:
        raise ValueError("it has no parameters to go on from, or not all in one floating type")
    for name, vector in tensors.items():
        if vector.shape != (net.n_parameters,):
            raise ValueError(f"its {name} has the shape {vector.shape}, not {(net.n_parameters,)}")
        if not (np.isfinite(vector.min()) and np.isfinite(vector.max())):
            raise ValueError(f"its {name} is not finite")


def _best(config: dict[str, Any], parameters: Parameters | None) -> Best:
    return Best(
        epoch=None if config["epoch"] is None else values.count(config["epoch"]),
        cost=values.number(config["cost"]),
        parameters=parameters,
        to_beat=values.number(config["to_beat"]),
        improved_at=values.count(config["improved_at"]),
        monitor=values.text(config["monitor"]),
    )


register(_Snapshot.kind, snapshot_from_state)
