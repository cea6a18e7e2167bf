"""What the two tabular estimators share: from fit's arguments to rows, a model, and the fitted attributes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, is_classifier
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from layerwise.checks import COUNT, FLAG
from layerwise.errors import DataError, ParameterError, TableError, require
from layerwise.estimators.fits import Fitting, Said
from layerwise.estimators.shared import RowsOf
from layerwise.estimators.tabular import plots
from layerwise.estimators.tabular.data import Rows, said_of
from layerwise.estimators.tabular.fitting import fit_model, fitting
from layerwise.estimators.tabular.inputs import column_as_given, is_named, table_of
from layerwise.estimators.tabular.memory import MEMORY, Budget
from layerwise.estimators.tabular.model import TabularModel
from layerwise.estimators.tabular.settings import Settings
from layerwise.estimators.tabular.streaming import Reading, Sample, Stream
from layerwise.estimators.tabular.targets import Target, target_values
from layerwise.estimators.weights import row_weights
from layerwise.network import Array
from layerwise.tables import Schema, Table, TargetEncoder, is_source, open_source
from layerwise.training import History

__all__ = ["BaseTabular"]

_NOT_SETTINGS = ("class_weight", "random_state", "n_jobs", "verbose", "early_stopping", "memory", "cache")


class BaseTabular(BaseEstimator, ABC):
    """A network for tables with scikit-learn's face; the classifier and the regressor add their targets."""

    model_: TabularModel

    # what a subclass brings

    @abstractmethod
    def _target_encoder(self, y: Target) -> tuple[TargetEncoder, Array | None]: ...

    @abstractmethod
    def _check_target(self, y: Target) -> None: ...

    @abstractmethod
    def _weights(self, w: Array | None, y: Array) -> Array | None: ...

    @abstractmethod
    def _stream(
        self, reading: Reading, sample: Sample, budget: Budget, folder: Path | None
    ) -> tuple[Stream, Array | None]: ...

    # fitting

    def fit(self, X: Any, y: Any, sample_weight: Any = None, *, eval_set: Any = None) -> Self:
        """Learn from a raw table.

        Parameters
        ----------
        X : data frame, mapping of columns or 2-D array
            A frame of pandas, polars or pyarrow, with numbers, texts, categories, dates and missing cells as they are.
            Or a table that need not fit into memory: the name of a file of Parquet or CSV, a lazy frame of polars, a
            dataset of pyarrow, or an iterator of frames. It is read in chunks, in the `memory` that is given.
        y : array, series or str
            What to learn, one for each row; or the name of the column of X that holds it.
        sample_weight : (m,) array or str, optional
            How much each row counts, relative to the others; 0 is no row. Of a table that is read in chunks, the name
            of the column that holds it.
        eval_set : pair (X, y) or triple (X, y, sample_weight), optional
            Rows that every network is held against, in place of those that each would hold out; also in a list.

        Returns
        -------
        self

        Raises
        ------
        TableError, DataError, ParameterError
            Before anything is trained, with row (counted from 1) and column where there are any.
        """
        if y is None:
            raise DataError(f"{type(self).__name__} requires y to be passed, but the target y is None.")
        verbose = FLAG.check(type(self).__name__, "verbose", self.verbose)
        settings = self._settings()
        if is_source(X):
            return self._fit_source(X, y, sample_weight, eval_set, settings, verbose=verbose)
        table, training, target, labels = self._learnable(X, y, sample_weight)
        evaluation = None if eval_set is None else self._evaluation_rows(eval_set, target)
        model = self._fit_model(training, target, settings, evaluation, verbose=verbose)
        self._keep(model, list(table), labels)
        return self

    def _fitting(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        eval_set: Any = None,
        rows: RowsOf | None = None,
        importances: bool = True,
    ) -> Fitting[Said]:
        """Yield the runs of a fit; with `rows`, of those of a table that many fits share, X and y are not looked at."""
        if rows is not None:
            X, y = rows.taken()
        table, training, target, labels = self._learnable(X, y, sample_weight)
        evaluation = None if eval_set is None else self._evaluation_rows(eval_set, target)
        settings = self._settings()
        model = yield from fitting(training, target, settings, evaluation=evaluation, importances=importances)
        self._keep(model, list(table), labels)
        return Said(epochs=sum(len(member.history) for member in model.members))

    def _learnable(self, X: Any, y: Any, sample_weight: Any) -> tuple[Table, Rows, TargetEncoder, Array | None]:
        """Return the columns, the rows to learn from, the target and its labels."""
        table, learnt = self._split(X, y)
        if table.n_rows == 1:
            raise TableError("One row is too few to learn from (n_samples = 1). Give rows with different targets.")
        w = row_weights(sample_weight, table.n_rows, np.float64, first_row=1)
        if w is not None and not w.all():  # no rows, of which nothing is known: no scale of the target, no class
            counted = np.flatnonzero(w)
            table, learnt, w = table.take(counted), learnt.take(counted), w[counted]
        target, labels = self._target_encoder(learnt)
        return table, self._rows(table, learnt, target, w), target, labels

    def _fit_source(self, X: Any, y: Any, weight: Any, eval_set: Any, settings: Settings, *, verbose: bool) -> Self:
        """Learn from a table that is read in chunks."""
        for what, column in (("y", y), ("sample_weight", weight)):
            if not isinstance(column, str) and not (column is None and what != "y"):
                raise ParameterError(
                    f"{what} must be the name of a column of X, which is read in chunks. Got {type(column).__name__}."
                )
        source = open_source(X, folder=self.cache)
        source.refuse_unknown([y] if weight is None else [y, weight])
        reading = Reading(source, y, weight=weight)
        budget = Budget(MEMORY.check(type(self).__name__, "memory", self.memory))
        sample = reading.sample(budget.sample_rows(len(source.names)), settings.seed)
        folder = None if self.cache is None else Path(self.cache)
        stream, labels = self._stream(reading, sample, budget, folder)
        evaluation = None if eval_set is None else self._evaluation_rows(eval_set, stream.target)
        model = self._fit_model(stream, stream.target, settings, evaluation, verbose=verbose)
        self._keep(model, [name for name in source.names if name not in (y, weight)], labels)
        return self

    def _fit_model(
        self, rows: Any, target: TargetEncoder, settings: Settings, evaluation: Rows | None, *, verbose: bool
    ) -> TabularModel:
        if not verbose:
            return fit_model(rows, target, settings, evaluation=evaluation)
        with require("layerwise.training", extra="tables", purpose="verbose").ProgressBar() as bar:
            if isinstance(rows, Stream):
                rows.progress = bar.rows_read
            return fit_model(rows, target, self._settings((*settings.callbacks, bar)), evaluation=evaluation)

    def _settings(self, callbacks: Sequence[Any] | None = None) -> Settings:
        given = {name: value for name, value in self.get_params(deep=False).items() if name not in _NOT_SETTINGS}
        given["owner"] = type(self).__name__
        given["patience"] = self.early_stopping
        given["seed"] = _seed(self.random_state)
        given["threads"] = None if self.n_jobs in (None, -1) else self.n_jobs
        for name, empty in (("roles", {}), ("monotone", {}), ("drop", ()), ("categorical", ()), ("callbacks", ())):
            given[name] = empty if given[name] is None else given[name]
        if callbacks is not None:
            given["callbacks"] = tuple(callbacks)
        return Settings(**given)

    def _split(self, X: Any, y: Any, name: str | None = None) -> tuple[Table, Target]:
        """Return the features and the target, which may be a column of X; `name` is that of the training target."""
        table = table_of(X)
        if isinstance(y, str):
            table.column(y, "target column")
            values = column_as_given(X, list(table).index(y))
            return table.without(y), self._target(values, table.n_rows, y)
        named = getattr(y, "name", None)
        if isinstance(named, str) and named in table and _are_equal(table, self._target(y, table.n_rows, named)):
            raise TableError(
                f"Column {named!r} of X has the name of the target, which would tell the answer. "
                f"Leave it out of X, or name the target: fit(X, {named!r})."
            )
        called = name or (named if isinstance(named, str) and named and named not in table else _name_beside(table))
        return table, self._target(y, table.n_rows, called)

    def _target(self, y: Any, n_rows: int, name: str) -> Target:
        return target_values(y, n_rows, name, labels=is_classifier(self))

    def _rows(self, table: Table, y: Target, target: TargetEncoder, sample_weight: Any, called: str = "") -> Rows:
        self._check_target(y)
        Y = target.encode(y.table)
        w = self._weights(row_weights(sample_weight, table.n_rows, np.float64, first_row=1), y.values)
        if w is None:
            return Rows(table, Y.T, None, called)
        counted = np.flatnonzero(w)  # a weight of 0 is no example
        if len(counted) == len(w):
            return Rows(table, Y.T, w, called)
        return Rows(table.take(counted), Y[counted].T, w[counted], called)

    def _evaluation_rows(self, eval_set: Any, target: TargetEncoder) -> Rows:
        pair = eval_set[0] if isinstance(eval_set, list) and len(eval_set) == 1 else eval_set
        if not isinstance(pair, tuple | list) or len(pair) not in (2, 3) or isinstance(pair[0], tuple):
            raise ParameterError(
                "The 'eval_set' parameter of fit must be (X, y) or (X, y, sample_weight), also in a list. "
                f"Got {type(eval_set).__name__}{f' of length {len(eval_set)}' if hasattr(eval_set, '__len__') else ''}."
            )
        with said_of("eval_set"):
            X = pair[0]
            if is_source(X):
                source = open_source(X, folder=self.cache)
                X = source.take(range(source.count()))
            table, learnt = self._split(X, pair[1], target.name)
            return self._rows(table, learnt, target, (*pair, None)[2], "eval_set")

    def _keep(self, model: TabularModel, columns: Sequence[str], labels: Array | None) -> None:
        self.model_ = model
        self.n_features_in_ = len(columns)
        self.feature_names_in_ = np.array(columns, dtype=object)

    # predicting

    def _table(self, X: Any) -> tuple[TabularModel, Any]:
        """Return the model, and the table of X if that can be what the model learnt from."""
        model = self._fitted()
        if is_source(X):
            return model, X
        table = table_of(X)
        if not is_named(X) and len(table) != self.n_features_in_:
            raise DataError(
                f"X has {len(table)} features, but {type(self).__name__} is expecting {self.n_features_in_} features "
                "as input."
            )
        return model, table

    # a file

    kind = TabularModel.kind

    def to_state(self) -> tuple[dict[str, Any], dict[str, Array]]:
        """Return what `layerwise.save` writes: that of `model_`, which `layerwise.load` gives back."""
        return self._fitted().to_state()

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = tags.input_tags.string = tags.input_tags.categorical = True
        tags.target_tags.required = True
        tags.non_deterministic = self.random_state is None
        return tags

    # what was learnt

    @property
    def schema_(self) -> Schema:
        """The columns: type, role, places in the matrix, missing cells, statistics."""
        return self._fitted().encoder.schema

    @property
    def history_(self) -> list[History]:
        """The history of each network."""
        return [member.history for member in self._fitted().members]

    @property
    def metrics_(self) -> Mapping[str, float]:
        """Metrics on held-out rows, each predicted by the networks that did not learn from it."""
        return self._fitted().evaluation.metrics

    @property
    def baseline_metrics_(self) -> Mapping[str, float]:
        """The metrics of the class shares, or of the mean, on the same rows."""
        return self._fitted().evaluation.baseline

    @property
    def permutation_importance_(self) -> dict[str, float]:
        """How much the cost on held-out rows rises when a column is shuffled, the most important column first."""
        return {entry.column: entry.permutation for entry in self._fitted().evaluation.importances}

    @property
    def gradient_importance_(self) -> dict[str, float]:
        """How much an output changes, to first order, when a column's cell becomes the mean; the mean over rows."""
        entries = sorted(self._fitted().evaluation.importances, key=lambda entry: -entry.gradient)
        return {entry.column: entry.gradient for entry in entries}

    @property
    def feature_importances_(self) -> Array:
        """The permutation importances in the order of the columns, none below 0, divided by their sum."""
        found = self.permutation_importance_
        values = np.array([max(found.get(name, 0.0), 0.0) for name in self.feature_names_in_])
        return values / (values.sum() or 1.0)

    def _fitted(self) -> TabularModel:
        check_is_fitted(self, "model_")
        return self.model_

    # pictures

    def plot_learning_curve(self) -> Any:
        """Draw the cost of every network, on its training and its held-out rows; return matplotlib's figure."""
        return plots.learning_curve(self._fitted())

    def plot_importance(self, top: int = 20) -> Any:
        """Draw the permutation importance of the most important columns; return matplotlib's figure."""
        return plots.importance(self._fitted(), COUNT.check("plot_importance", "top", top))

    def plot_calibration(self) -> Any:
        """Draw what was predicted against what was true, on held-out rows; return matplotlib's figure."""
        return plots.calibration(self._fitted())

    def plot_partial_dependence(self, X: Any, columns: str | Sequence[str]) -> Any:
        """Draw the mean prediction over the rows of X with all cells of a column set to one value, value by value.

        Parameters
        ----------
        X : data frame, mapping of columns or 2-D array
            Rows to average over; at most 500 of them are taken, evenly spaced.
        columns : str or sequence of str

        Returns
        -------
        matplotlib.figure.Figure

        References
        ----------
        Friedman 2001, doi:10.1214/aos/1013203451, section 8.2.
        """
        model, names = self._fitted(), [columns] if isinstance(columns, str) else columns
        return plots.partial_dependence(model, table_of(X), names)


def _seed(random_state: Any) -> int:
    if isinstance(random_state, int | np.integer) and not isinstance(random_state, bool):
        return int(random_state)
    if random_state is not None and not isinstance(random_state, np.random.RandomState):
        raise ParameterError(
            f"The 'random_state' parameter must be a seed, a RandomState or None. Got {random_state!r} instead."
        )
    return int(check_random_state(random_state).randint(2**31))


def _are_equal(table: Table, y: Target) -> bool:
    """Return whether the column with the target's name is the target; a target made of a column keeps its name."""
    ((name, values),) = y.table.items()
    column = table[name]
    return column.dtype == values.dtype and bool(np.all((column == values) | ((column != column) & (values != values))))


def _name_beside(table: Table) -> str:
    name = "y"
    while name in table:
        name += "_"
    return name
