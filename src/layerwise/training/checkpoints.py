"""`Checkpoint`: a file that a run writes as it goes, from which it can be resumed with the same bits."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

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
    progress = _progress(result.network, dict(configuration["progress"]), kept)
    return TrainingResult(**{**vars(result), "progress": progress})


def _progress(net: Network, config: dict[str, Any], tensors: dict[str, Array]) -> Progress:
    def parameters(name: str) -> Parameters | None:
        return Parameters.from_vector(net.layout, tensors[name]) if name in tensors else None

    name, settings = config.pop("optimizer")
    rule: Any = OPTIMIZERS[name](**settings)
    slots = {key.removeprefix("state."): tensor for key, tensor in tensors.items() if key.startswith("state.")}
    if slots.keys() != set(rule.slots if config["t"] else ()):
        raise ValueError(f"its averages {sorted(slots)} are not those of {name}")
    t, best, now = config.pop("t"), config.pop("best"), parameters("parameters")
    if now is None:
        raise ValueError("it has no parameters to go on from")
    return Progress(
        optimizer=rule,
        parameters=now,
        state=State(t, slots) if t else None,
        best=Best(parameters=parameters("best"), **best),
        averaged=parameters("averaged"),
        **config,
    )


register(_Snapshot.kind, snapshot_from_state)
