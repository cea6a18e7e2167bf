"""`TabularRegressor`: numbers from a raw table."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from sklearn.base import RegressorMixin

from layerwise.errors import DataError
from layerwise.estimators.tabular.base import BaseTabular
from layerwise.estimators.tabular.memory import DEFAULT, Budget
from layerwise.estimators.tabular.streaming import Reading, Sample, Stream
from layerwise.estimators.tabular.targets import Target
from layerwise.network import Array
from layerwise.tables import TargetEncoder
from layerwise.vocabulary import LOSSES, choose

__all__ = ["TabularRegressor"]


class TabularRegressor(RegressorMixin, BaseTabular):
    r"""Numbers from a raw table: an ensemble of networks with defaults that were measured.

    .. math::
        \hat{y}(x) = \mu + \frac{\sigma}{M} \sum_{i=1}^{M} z^{(i)}(x)

    with the outputs z of M networks for the standardised target; with the loss "poisson" it is
    :math:`\frac{\mu}{M} \sum_i \exp z^{(i)}(x)`.

    Parameters
    ----------
    loss : str
        "squared_error" (the mean), "absolute_error" (the median), ``"huber(delta=1)"``, ``"quantile(q=0.9)"``, or
        "poisson" for counts and other numbers that are not negative.
    metric : str or Metric
        What stops the training and picks the epoch: "cost" (the loss), "rmse", "mae", "r2", or a `layerwise.Metric`
        of your own, whose numbers are standardised ones.
    monotone : mapping of str to {1, -1}, optional
        Columns in which the prediction never falls (1) or never rises (-1).
    quality, n_estimators, hidden, activation, learning_rate, weight_decay, dropout, epochs, batch_size, averaging
    early_stopping, validation, roles, drop, categorical, callbacks, checkpoint, checkpoint_every, memory, cache
    random_state, n_jobs, engine, verbose
        As for `TabularClassifier`.

    Attributes
    ----------
    model_ : TabularModel
        What predicts; it needs NumPy alone, and is what `layerwise.save` keeps.
    schema_, history_, metrics_, baseline_metrics_
    permutation_importance_, gradient_importance_, feature_importances_
    n_features_in_ : int
    feature_names_in_ : array of str

    Examples
    --------
    >>> table = {"rooms": [1, 2, 3, 4] * 10, "town": ["a", "b", "a", None] * 10}
    >>> model = TabularRegressor("fast", random_state=1).fit(table, [100.0, 210.0, 290.0, 400.0] * 10)
    >>> bool(abs(model.predict({"town": ["a"], "rooms": [3]})[0] - 290) < 30)
    True

    References
    ----------
    As for `TabularClassifier`; Koenker and Bassett 1978, doi:10.2307/1913643 (quantiles).
    """

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
        loss: str = "squared_error",
        metric: Any = "cost",
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
        self.loss = loss
        self.metric = metric
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
        """Return a number for each row, (m,), in the unit of the target."""
        model, table = self._table(X)
        return model.predict(table)

    def _target_encoder(self, y: Target) -> tuple[TargetEncoder, None]:
        (name,) = y.table
        encoder = TargetEncoder.fit(y.table, name, task="regression")
        if not self._counts():
            return encoder, None
        self._check_target(y)
        return encoder.unshifted(), None

    def _stream(self, reading: Reading, sample: Sample, budget: Budget, folder: Path | None) -> tuple[Stream, None]:
        target = reading.encoder_of_target(sample, "regression")
        return reading.stream(sample, target, budget, folder, counts=self._counts()), None

    def _check_target(self, y: Target) -> None:
        (numbers,) = y.table.values()
        if self._counts() and (numbers < 0).any():
            row = int((numbers < 0).argmax())
            raise DataError(f"y must be at least 0 with the loss 'poisson'. Got {numbers[row]:g} in row {row + 1}.")

    def _counts(self) -> bool:
        return choose("loss", self.loss, LOSSES).name == "poisson"

    def _weights(self, w: Array | None, y: Array) -> Array | None:
        return w
