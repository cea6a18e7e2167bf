"""`Stream`: the rows of a table that need not fit into memory, read in chunks and kept as examples in mapped files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from layerwise.equations.streams import Purpose
from layerwise.errors import TableError
from layerwise.estimators.tabular.architecture import network_inputs
from layerwise.estimators.tabular.cache import RowCache
from layerwise.estimators.tabular.data import Arrays, Limits, classes_of, scaled
from layerwise.estimators.tabular.folds import drawn_rows
from layerwise.estimators.tabular.memory import Budget
from layerwise.network import Array
from layerwise.tables import Kind, Source, Table, TableEncoder, TargetEncoder, weighted_rows, with_target
from layerwise.tables.target import MAX_CLASSES

__all__ = ["Reading", "Sample", "Stream", "refuse_below"]


@dataclass(frozen=True)
class Reading:
    """How a table is read, and which of its rows are learnt from.

    Attributes
    ----------
    source : Source
    target : str
    missing, categorical, drop : collection of str
        As for `layerwise.tables.read_table`.
    weight : str or None
        The column of weights, which is no feature.
    """

    source: Source
    target: str
    missing: Sequence[str] = ()
    categorical: Collection[str] = ()
    drop: Collection[str] = ()
    weight: str | None = None

    def sample(self, most: int, seed: int) -> Sample:
        """Return so many rows at most: all of them, or some that are drawn at random.

        Raises
        ------
        TableError
            If none of them is learnt from.
        """
        m = self.source.count()
        positions = np.arange(m) if m <= most else drawn_rows(m, most, seed, Purpose.SAMPLE)
        table = self.source.take(positions, missing=self.missing, categorical=self.categorical, drop=self.drop)
        rows, _, _ = self.counted(table)
        if not rows.n_rows:
            weighted = "" if self.weight is None else f" and a weight above 0 in {self.weight!r}"
            raise TableError(
                f"None of {table.n_rows:,} rows of {self.source.name} has a target {self.target!r}{weighted}."
            )
        return Sample(table, rows, m)

    def tables(self, types: dict[str, Kind], rows: int = 1 << 16) -> Iterator[Table]:
        """Yield all rows, a chunk at a time."""
        return self.source.tables(types, missing=self.missing, rows=rows)

    def counted(self, table: Table) -> tuple[Table, Array | None, tuple[int, int]]:
        """Return the rows that are learnt from and their weights, and how many have no target and how many no weight.

        The column of weights is left out.
        """
        rows, without_target = with_target(table, self.target)
        if self.weight is None:
            return rows, None, (without_target, 0)
        rows, w, without_weight = weighted_rows(rows, self.weight)
        return rows, w, (without_target, without_weight)

    def encoder_of_target(self, sample: Sample, task: str | None = None) -> TargetEncoder:
        """Return the encoder of the target; its classes are those of all rows, its mean and scale of the sample."""
        if sample.is_whole:
            return TargetEncoder.fit(sample.rows, self.target, task=task)
        counts: Counter[Any] = Counter()
        kind: Kind = "text" if sample.rows.kind(self.target) == "text" else "numeric"
        for table in self.tables({self.target: kind, **self.weights}):
            counts.update(self.counted(table)[0][self.target].tolist())
            if len(counts) > MAX_CLASSES:  # which no more rows can change
                break
        found = TargetEncoder.of_classes(self.target, counts, task)
        return TargetEncoder.fit(sample.rows, self.target, task="regression") if found is None else found

    def weights_of(self, sample: Sample, target: TargetEncoder) -> tuple[Array, Array]:
        """Return the sum and the largest of the weights of each class, (K,); of regression, of all rows."""
        n = max(1, len(target.classes))
        if self.weight is None:
            return np.array(target.counts or (sample.rows.n_rows,), np.float64), np.ones(n)
        total, largest = np.zeros(n), np.zeros(n)
        types = {**target.types, **self.weights}
        for table in [sample.table] if sample.is_whole else self.tables(types):
            rows, w, _ = self.counted(table)
            if w is None or not rows.n_rows:
                continue
            classes = classes_of(target, target.encode(rows).T) if target.classes else None
            places = np.zeros(len(w), int) if classes is None else classes
            total += np.bincount(places, w, n)
            np.maximum.at(largest, places, w)
        return total, largest

    def stream(
        self,
        sample: Sample,
        target: TargetEncoder,
        budget: Budget,
        folder: Path | None,
        *,
        counts: bool = False,
        class_weights: Callable[[Array], Array] | None = None,
    ) -> Stream:
        """Return the rows to learn from.

        Parameters
        ----------
        sample, target, budget, folder
            As for `Stream`.
        counts : bool
            Whether the target is learnt as counts, which are at least 0 and keep their sign.
        class_weights : callable, optional
            From the sum of the weights of each class, (K,), to what they are multiplied by.
        """
        totals, largest = self.weights_of(sample, target)
        factors = None if class_weights is None else class_weights(totals)
        if factors is not None:
            largest = factors * largest
        if counts:
            target = target.unshifted()
        return Stream(self, sample, target, budget, folder, factors, float(largest.max()), 0.0 if counts else None)

    @property
    def weights(self) -> dict[str, Kind]:
        """The column of weights with its kind, if there is one."""
        return {} if self.weight is None else {self.weight: "numeric"}


@dataclass(frozen=True)
class Sample:
    """The rows that tell what the columns of a table are.

    Attributes
    ----------
    table : Table
        As they were read.
    rows : Table
        Those that are learnt from.
    of : int
        How many rows there are in all.
    """

    table: Table
    rows: Table
    of: int

    @property
    def is_whole(self) -> bool:
        """Whether they are all that there are."""
        return self.table.n_rows == self.of


@dataclass
class Stream:
    """Rows to learn from that need not fit into memory, as `Rows` are those that do.

    Attributes
    ----------
    reading : Reading
    sample : Sample
    target : TargetEncoder
    budget : Budget
    folder : Path or None
        Where the examples are kept.
    factors : (classes,) array or None
        What the weights of each class are multiplied by.
    largest : float
        The largest weight that comes of it.
    least : float or None
        The lowest number that the target may be.
    progress : callable or None
        Called with the rows that are read so far, and all.
    without_target, without_weight : int
        How many rows are left out, of those that are read so far.
    """

    reading: Reading
    sample: Sample
    target: TargetEncoder
    budget: Budget
    folder: Path | None = None
    factors: Array | None = None
    largest: float = 1.0
    least: float | None = None
    progress: Callable[[int, int], None] | None = None
    without_target: int = field(default=0, init=False)
    without_weight: int = field(default=0, init=False)

    @property
    def table(self) -> Table:
        """The rows whose columns tell what they are."""
        return self.sample.rows

    @property
    def n_rows(self) -> int:
        """How many rows there are: to learn from, where all of them are sampled, else in all."""
        return self.sample.rows.n_rows if self.sample.is_whole else self.sample.of

    def arrays(self, encoder: TableEncoder) -> Arrays:
        """Read all rows, and return the examples that they are."""
        reading, n_x, n_y = self.reading, encoder.n_features, self.target.n_y
        types = {**encoder.types, **self.target.types, **reading.weights}
        tables = reading.tables(types, self.budget.chunk_rows(len(types), n_x))
        self.without_target = self.without_weight = done = 0
        with RowCache(n_x, n_y, weighted=self.is_weighted, rows=self.n_rows, folder=self.folder) as cache:
            for table in tables:
                self._append(table, encoder, cache)
                done += table.n_rows
                if self.progress is not None:
                    self.progress(done, self.sample.of)
            return cache.arrays()

    def _append(self, table: Table, encoder: TableEncoder, cache: RowCache) -> None:
        rows, w, (without_target, without_weight) = self.reading.counted(table)
        self.without_target += without_target
        self.without_weight += without_weight
        if not rows.n_rows:
            return
        if self.least is not None:
            refuse_below(rows, self.target.name, self.least)
        Y = self.target.encode(rows).T
        cache.append(network_inputs(encoder, rows.without(self.target.name), np.float32), Y, self._weights(w, Y))

    def limits(self, encoder: TableEncoder, networks: int, folds: int) -> Limits:
        """Return what of the examples may be in memory at once."""
        row_bytes = 4 * (encoder.n_features + self.target.n_y + self.is_weighted)
        return self.budget.limits(self.n_rows, row_bytes, networks, folds)

    @property
    def is_weighted(self) -> bool:
        """Whether rows count differently."""
        return self.reading.weight is not None or self.factors is not None

    def _weights(self, w: Array | None, Y: Array) -> Array | None:
        if self.factors is not None:
            of_classes = self.factors[classes_of(self.target, Y)]
            w = of_classes if w is None else of_classes * w
        return None if w is None else scaled(w, self.largest)


def refuse_below(table: Table, name: str, least: float) -> None:
    """Refuse a number below the lowest that a loss can learn."""
    numbers = table[name]
    if numbers.min() < least:
        row = int(table.row_numbers[int(numbers.argmin())])
        raise TableError(
            f"Column {name!r}, row {row}: the loss learns numbers of at least {least:g}. Got {numbers.min():g}."
        )
