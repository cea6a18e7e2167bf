"""What the lab's rooms share: the examples of an experiment, and one moment of its run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from layerwise.network import Array, Network, Parameters
from layerwise.tables import TableEncoder, TargetEncoder
from layerwise.training import TrainingResult

if TYPE_CHECKING:
    from layerwise.lab.settings import Settings

__all__ = ["Dataset", "Moment"]


@dataclass(frozen=True)
class Dataset:
    """Examples to learn from and to hold against, as columns.

    Attributes
    ----------
    X, Y : (n_x, m) and (n_y, m) arrays
        In the floating type of the run: labels 0/1, one-hot columns, or numbers (of a table, standardised by
        `target_encoder`).
    validation : (X, Y) or None
    task : str
        "binary", "classes" or "regression".
    inputs, outputs : tuple of str
        Their names; outputs are the classes where there are more than two, else the target alone.
    target : str
    classes : tuple of str or None
    notices : tuple of str
        Sentences on columns that were dropped and rows that were left out.
    encoder, target_encoder : TableEncoder, TargetEncoder or None
        What turned the columns of a table into X and Y.
    rows, validation_rows : (m,) arrays of int or None
        Which rows of the table the examples are.
    """

    X: Array
    Y: Array
    validation: tuple[Array, Array] | None
    task: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    target: str
    classes: tuple[str, ...] | None = None
    notices: tuple[str, ...] = ()
    encoder: TableEncoder | None = None
    target_encoder: TargetEncoder | None = None
    rows: Array | None = None
    validation_rows: Array | None = None

    @property
    def m(self) -> int:
        """How many examples are learnt from."""
        return int(self.X.shape[1])


@dataclass(frozen=True)
class Moment:
    """A run at the end of an epoch, or before its first: all that a picture of it is made from.

    Attributes
    ----------
    settings : Settings
    data : Dataset
    net : Network
    epoch : int
        How many epochs are finished.
    steps : int
        Updates of an epoch.
    theta : Parameters
        After this epoch; finite.
    result : TrainingResult or None
        What the run would give if it ended here, which ``train(resume=result)`` goes on from with the same bits; None
        before the first epoch. Its history is whole while the run has at most 20,000 epochs, and empty after.
    """

    settings: Settings
    data: Dataset
    net: Network
    epoch: int
    steps: int
    theta: Parameters
    result: TrainingResult | None
