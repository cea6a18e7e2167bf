"""`TabularClassifier`: classes from a raw table."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin

from layerwise.errors import DataError
from layerwise.estimators.tabular.base import BaseTabular
from layerwise.estimators.tabular.memory import DEFAULT, Budget
from layerwise.estimators.tabular.model import TabularModel
from layerwise.estimators.tabular.streaming import Reading, Sample, Stream
from layerwise.estimators.tabular.targets import Target
from layerwise.estimators.weights import weights_of_classes, with_class_weights
from layerwise.network import Array
from layerwise.tables import TargetEncoder

__all__ = ["TabularClassifier"]


class TabularClassifier(ClassifierMixin, BaseTabular):
    r"""Classes from a raw table: an ensemble of networks with defaults that were measured.

    .. math::
        P(y = k \mid x) = \frac{1}{M} \sum_{i=1}^{M} \mathrm{softmax}\big(z^{(i)}(x) / T\big)_k

    with the outputs z of M networks and one temperature T. Numbers are robustly scaled, smoothly clipped and embedded
    piecewise linearly; levels become one-hot, many levels embeddings; missing cells have a place of their own.

    Parameters
    ----------
    quality : {"fast", "default", "best"}
        How many networks, and so how long the fit takes: 1; 8, or 5 for 5,000 rows and more; or three times these.
    n_estimators : int, optional
        M, in place of that of the quality.
    hidden : sequence of int, optional
        Units of the hidden layers.
    activation : str, optional
        Of the hidden layers; with `monotone` it is tanh.
    learning_rate, weight_decay : float, optional
        Of AdamW.
    dropout : float, optional
    epochs, batch_size : int, optional
    averaging : float, optional
        β of the moving average of the parameters; 0 for none.
    early_stopping : int, optional
        Epochs without a better `metric` after which a network stops; the best epoch is restored.
    validation : float
        The part of the rows that each network holds out, every network another one: a half, a third, ...; the nearest
        of these is taken. 0 holds out none.
    metric : str or Metric
        What stops the training and picks the epoch: "cost" (the log loss), "accuracy", "auc" (two classes), or a
        `layerwise.Metric` of your own. With "accuracy" labels are smoothed by 0.1.
    label_smoothing : float, optional
        In place of that.
    calibrate : bool
        Whether T is fitted to the held-out rows; else it is 1.
    class_weight : dict or "balanced", optional
        Weights of the classes, as in scikit-learn.
    roles : mapping of str to role, optional
        Columns that are not what their values say: "numeric", "boolean", "category", "ordinal", "datetime" or "drop",
        or a list of levels in their order.
    drop, categorical : collection of str
        Columns to leave out, and columns whose values are names even if they are numbers.
    monotone : mapping of str to {1, -1}, optional
        Columns in which the probability of the second class never falls (1) or never rises (-1); for two classes.
    callbacks : sequence
        Objects with ``on_epoch_end(state)``, as for `layerwise.train`; ``state.member`` is the network's number.
    checkpoint : str or Path, optional
        A file that keeps the training every `checkpoint_every` epochs. A fit with the same data and settings goes on
        from it with the same bits as if it had never stopped; it is removed when the fit ends.
    checkpoint_every : int
    memory : int or str
        What a fit may take, in bytes or as "1GB", where X is read in chunks: `fit` says of what it is.
    cache : str or Path, optional
        The folder in which the rows of such an X are kept for the time of the fit, as the networks take them; None is
        the system's own for temporary files.
    random_state : int, RandomState or None
        The seed, 0 by default so that two fits are the same; None draws one.
    n_jobs : int, optional
        Threads; None and -1 for all processors. The bits are the same for any number.
    engine : {"auto", "native", "numpy"}
    verbose : bool
        Whether a progress bar is shown.

    Attributes
    ----------
    classes_ : array
        The labels, sorted.
    model_ : TabularModel
        What predicts; it needs NumPy alone, and is what `layerwise.save` keeps.
    schema_, history_, metrics_, baseline_metrics_
    permutation_importance_, gradient_importance_, feature_importances_
    n_features_in_ : int
    feature_names_in_ : array of str

    Examples
    --------
    >>> table = {"age": [22, 38, 26, 35] * 10, "sex": ["m", "f", None, "f"] * 10}
    >>> model = TabularClassifier("fast", epochs=5).fit(table, [0, 1, 0, 1] * 10)
    >>> model.predict({"sex": ["f"], "age": [37]})
    array([1])

    References
    ----------
    Holzmüller, Grinsztajn and Steinwart 2024, "Better by default", arXiv:2407.04491; Gorishniy, Rubachev and Babenko
    2022, arXiv:2203.05556 (embeddings of numbers); Lakshminarayanan, Pritzel and Blundell 2017, arXiv:1612.01474
    (ensembles); Guo et al. 2017, arXiv:1706.04599 (temperature).
    """

    classes_: Array

    def __init__(
        self,
        quality: str = "default",
        *,
        n_estimators: int | None = None,
        hidden: Sequence[int] | None = None,
        activation: str | None = None,
        learning_rate: float | None = None,
        weight_decay: float | None = None,
        dropout: float | None = None,
        epochs: int | None = None,
        batch_size: int | None = None,
        averaging: float | None = None,
        early_stopping: int | None = None,
        validation: float = 0.1,
        metric: Any = "cost",
        label_smoothing: float | None = None,
        calibrate: bool = True,
        class_weight: Any = None,
        roles: Mapping[str, Any] | None = None,
        drop: Collection[str] = (),
        categorical: Collection[str] = (),
        monotone: Mapping[str, int] | None = None,
        callbacks: Sequence[Any] = (),
        checkpoint: Any = None,
        checkpoint_every: int = 5,
        memory: int | str = DEFAULT,
        cache: Any = None,
        random_state: Any = 0,
        n_jobs: int | None = None,
        engine: str = "auto",
        verbose: bool = False,
    ) -> None:
        self.quality = quality
        self.n_estimators = n_estimators
        self.hidden = hidden
        self.activation = activation
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.dropout = dropout
        self.epochs = epochs
        self.batch_size = batch_size
        self.averaging = averaging
        self.early_stopping = early_stopping
        self.validation = validation
        self.metric = metric
        self.label_smoothing = label_smoothing
        self.calibrate = calibrate
        self.class_weight = class_weight
        self.roles = roles
        self.drop = drop
        self.categorical = categorical
        self.monotone = monotone
        self.callbacks = callbacks
        self.checkpoint = checkpoint
        self.checkpoint_every = checkpoint_every
        self.memory = memory
        self.cache = cache
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.engine = engine
        self.verbose = verbose

    def predict(self, X: Any) -> Array:
        """Return the label of the most probable class for each row, (m,)."""
        model, table = self._table(X)
        return self.classes_[model.places(table)]

    def predict_proba(self, X: Any) -> Array:
        """Return the probability of each class of ``classes_``, (m, classes)."""
        model, table = self._table(X)
        return model.predict_proba(table)

    @property
    def temperature_(self) -> float:
        """T: above 1 the networks were too sure of themselves."""
        return self._fitted().temperature

    def _target_encoder(self, y: Target) -> tuple[TargetEncoder, Array]:
        ((name, cells),) = y.table.items()
        n = len(set(cells.tolist()))
        encoder = TargetEncoder.fit(y.table, name, task="binary" if n == 2 else "multiclass")
        if n > 2 and encoder.kind == "numeric" and (broken := cells != np.round(cells)).any():
            row = int(broken.argmax())
            raise DataError(
                f"y is continuous: {cells[row]:g} in row {row + 1} is no whole number. "
                "Use TabularRegressor, or make the labels texts."
            )
        return _with_labels(encoder, y.values.tolist(), cells.tolist(), y.values.dtype)

    def _stream(self, reading: Reading, sample: Sample, budget: Budget, folder: Path | None) -> tuple[Stream, Array]:
        target = reading.encoder_of_target(sample, "multiclass")
        if len(target.classes) == 2:
            target = replace(target, task="binary")
        if target.kind == "numeric" and (broken := [number for number in target.classes if number % 1]):
            raise DataError(
                f"The column {target.name!r} is continuous: {broken[0]:g} is no whole number. "
                "Use TabularRegressor, or make the labels texts."
            )
        weights = None
        if self.class_weight is not None:
            weights = partial(weights_of_classes, self.class_weight, target.labels)
        return reading.stream(sample, target, budget, folder, class_weights=weights), target.labels

    def _check_target(self, y: Target) -> None:
        """Let the encoder say what is no class."""

    def _weights(self, w: Array | None, y: Array) -> Array | None:
        return with_class_weights(w, self.class_weight, y, np.float64)

    def _keep(self, model: TabularModel, columns: Sequence[str], labels: Array | None) -> None:
        super()._keep(model, columns, labels)
        self.classes_ = np.asarray(labels)


def _with_labels(
    encoder: TargetEncoder, given: Sequence[Any], cells: Sequence[Any], dtype: np.dtype[Any]
) -> tuple[TargetEncoder, Array]:
    """Return the encoder with its classes in the order of the labels as they were given, and these, sorted."""
    cell_of = dict(zip(given, cells, strict=True))
    if len(cell_of) > len(encoder.classes):  # texts that differ by blanks, or in how true is written
        return encoder, encoder.labels
    labels = sorted(cell_of)
    counts = dict(zip(encoder.classes, encoder.counts, strict=True))
    classes: Any = tuple(cell_of[label] for label in labels)
    same_type = dtype.kind != "O" or isinstance(labels[0], str)
    found: Array = np.array(labels, dtype if same_type else None)
    counts_of_classes = tuple(counts[cell] for cell in classes)
    return replace(encoder, classes=classes, counts=counts_of_classes, boolean=found.dtype.kind == "b"), found
