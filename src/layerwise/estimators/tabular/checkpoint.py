"""The file that a fit writes as it goes: where each of its networks stands, and whose fit it is."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from layerwise import values
from layerwise.errors import ModelFileError, ParameterError
from layerwise.mapped import columns_in_parts
from layerwise.network import Array
from layerwise.storage import load, register, save
from layerwise.training import TrainingResult, TrainingState
from layerwise.training.checkpoints import snapshot_from_state, snapshot_state

__all__ = ["FitCheckpoint", "fingerprint_of"]


def fingerprint_of(arrays: Sequence[Array | None], settings: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a fit's data and settings: only the same fit goes on from its file."""
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True, default=str).encode())
    for array in arrays:
        digest.update(b"none" if array is None else str((array.shape, array.dtype.str)).encode())
        for _, part in () if array is None else columns_in_parts(np.atleast_2d(array)):
            digest.update(np.ascontiguousarray(part.T).tobytes())
    return digest.hexdigest()


class FitCheckpoint:
    """A callback of `train_members` that keeps the networks in a file, and what an earlier fit left there.

    Parameters
    ----------
    path : Path
    every : int
        Epochs of a network from one writing to the next; it is also written when a network is ready.
    epochs : int
        Of a network, as planned.
    fingerprint : str
        Of this fit.

    Raises
    ------
    ParameterError
        If the file is of another fit, or no checkpoint of one.
    ModelFileError
        If it is damaged, or its folder does not exist.
    """

    def __init__(self, path: Path, every: int, epochs: int, fingerprint: str) -> None:
        self.path, self.every, self.epochs, self.fingerprint = path, every, epochs, fingerprint
        self.results: dict[int, TrainingResult] = {}
        self.ready: set[int] = set()
        if path.is_dir():
            raise ModelFileError(f"{path}: is a folder. Give 'checkpoint' the name of a file.")
        if not path.parent.is_dir():
            raise ModelFileError(f"{path}: its folder does not exist. Make it, or give 'checkpoint' another file.")
        if path.exists():
            self._go_on_from(self._loaded())

    def _loaded(self) -> Any:
        try:
            return load(self.path)
        except ModelFileError as error:
            raise ModelFileError(f"{error} Remove it, or give 'checkpoint' another file.") from error

    def _go_on_from(self, kept: Any) -> None:
        if not isinstance(kept, _Kept):
            raise ParameterError(f"{self.path}: is no checkpoint of a fit. Give 'checkpoint' another file.")
        if kept.fingerprint != self.fingerprint:
            raise ParameterError(
                f"{self.path}: is the checkpoint of a fit with other data or settings. "
                "Remove it, or give 'checkpoint' another file."
            )
        self.results, self.ready = dict(kept.results), set(kept.ready)

    def on_epoch_end(self, state: TrainingState) -> None:
        """Write the file, if it is time."""
        if (state.epoch + 1) % self.every == 0 and state.epoch + 1 < state.epochs:
            self.results[state.member] = state.result()
            self._write()

    def on_member_end(self, k: int, result: TrainingResult) -> None:
        """Write the file with a network that is ready, or as far as it came."""
        if result.progress is None:  # it diverged, which it would do again
            return
        if result.progress.epochs >= self.epochs:  # whatever came after the last epoch
            result = replace(result, stopped="epochs")
        self.results[k] = result
        if result.stopped != "interrupted":
            self.ready.add(k)
        self._write()

    def remove(self) -> None:
        """Remove the file: the fit is complete."""
        self.path.unlink(missing_ok=True)

    def _write(self) -> None:
        save(_Kept(self.fingerprint, self.results, self.ready), self.path)


class _Kept:
    """What stands in the file."""

    kind = "fit checkpoint"

    def __init__(self, fingerprint: str, results: Mapping[int, TrainingResult], ready: set[int]) -> None:
        self.fingerprint, self.results, self.ready = fingerprint, results, ready

    def to_state(self) -> tuple[dict[str, Any], dict[str, Array]]:
        configurations: dict[str, Any] = {}
        tensors: dict[str, Array] = {}
        for k, result in sorted(self.results.items()):
            configurations[str(k)], of_member = snapshot_state(result)
            tensors |= {f"{k}.{name}": tensor for name, tensor in of_member.items()}
        configuration = {"fingerprint": self.fingerprint, "members": configurations, "ready": sorted(self.ready)}
        return configuration, tensors

    @classmethod
    def from_state(cls, configuration: dict[str, Any], tensors: dict[str, Array]) -> _Kept:
        of_member: dict[int, dict[str, Array]] = {int(k): {} for k in configuration["members"]}
        for name, tensor in tensors.items():
            k, _, rest = name.partition(".")
            of_member[int(k)][rest] = tensor
        results = {k: snapshot_from_state(configuration["members"][str(k)], of) for k, of in of_member.items()}
        ready = {values.count(k) for k in values.listed(configuration["ready"])}
        if not ready <= results.keys():
            raise ModelFileError("its networks are not complete")
        return cls(values.text(configuration["fingerprint"]), results, ready)


register(_Kept.kind, _Kept.from_state)
