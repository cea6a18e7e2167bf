"""What is measured, as data: trainings, predictions, the import; and how much faster than each peer is wanted."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TypeAlias

import numpy as np

import layerwise as lw
from layerwise.equations.streams import Purpose, permutation
from layerwise.network import Array, Network, Parameters

BEST = "best peer"
"""The key in `wanted` of whichever peer is the fastest."""


def weights(sizes: tuple[int, ...]) -> list[int]:
    """Return how many weights each layer has, the first one first."""
    return [n * before for before, n in pairwise(sizes)]


def dashed(sizes: tuple[int, ...]) -> str:
    """Return a network's sizes as they are spoken of: 2-4-1."""
    return "-".join(map(str, sizes))


@dataclass(frozen=True)
class Training:
    """A run of `epochs` epochs; the seconds reported are those of one `unit`, of which it has `units`."""

    name: str
    sizes: tuple[int, ...]
    rows: int
    batch: int | None  # None: all rows in every step
    epochs: int
    units: int
    unit: str = "an epoch"
    hidden: str = "relu"
    output: str = "softmax"
    optimizer: str = "adam"
    learning_rate: float = 0.001
    wanted: Mapping[str, float] = field(default_factory=dict)
    wanted_peak: float | None = None
    wanted_seconds: float | None = None

    @property
    def label(self) -> str:
        """The network and the batch, as a chart names them."""
        return f"{dashed(self.sizes)}, " + (f"batches of {self.batch:,}" if self.batch else "full batches")

    @property
    def title(self) -> str:
        """Everything that defines the work, in a line."""
        rule = {"adam": "Adam", "gradient_descent": "gradient descent"}[self.optimizer]
        return f"{self.label}, {self.rows:,} rows, {self.hidden}/{self.output}, {rule}, {self.unit}"

    @property
    def network(self) -> Network:
        """What is trained or asked."""
        return Network(self.sizes, (self.hidden,) * (len(self.sizes) - 2) + (self.output,))

    @property
    def flops(self) -> float:
        """Two for each multiply-add of W A, dZ Aᵀ and, but for the first layer, Wᵀ dZ; nothing else; per unit."""
        counts = weights(self.sizes)
        return 2.0 * self.rows * (2 * sum(counts) + sum(counts[1:])) * self.epochs / self.units

    def smaller(self) -> Training:
        """Return a tenth of the work, for a quick look; what is wanted holds for the whole only."""
        fewer = {"rows": self.rows // 10} if self.batch else {"epochs": self.epochs // 10, "unit": "1,000 steps"}
        return replace(self, wanted={}, wanted_peak=None, **fewer)


@dataclass(frozen=True)
class Prediction:
    """`rows` rows through a network, `calls` times; the seconds reported are those of one call."""

    name: str
    sizes: tuple[int, ...]
    rows: int
    calls: int
    wanted: Mapping[str, float] = field(default_factory=dict)
    wanted_peak: float | None = None
    wanted_seconds: float | None = None

    @property
    def label(self) -> str:
        """The network and the rows, as a chart names them."""
        return f"{dashed(self.sizes)}, predict {self.rows:,} row{'s' if self.rows > 1 else ''}"

    @property
    def title(self) -> str:
        """Everything that defines the work, in a line."""
        return f"{self.label}, relu/softmax, a call"

    @property
    def units(self) -> int:
        """How many calls share the time that is taken."""
        return self.calls

    @property
    def network(self) -> Network:
        """What is trained or asked."""
        return Network(self.sizes, ("relu",) * (len(self.sizes) - 2) + ("softmax",))

    @property
    def flops(self) -> float:
        """Two for each multiply-add of W A, a call."""
        return 2.0 * self.rows * sum(weights(self.sizes))

    def smaller(self) -> Prediction:
        """Return a tenth of the work, for a quick look."""
        fewer = {"calls": self.calls // 10} if self.rows == 1 else {"rows": self.rows // 10}
        return replace(self, wanted={}, wanted_seconds=None, **fewer)


Workload: TypeAlias = Training | Prediction

_MINI = {"epochs": 3, "units": 3}
WORKLOADS: tuple[Workload, ...] = (
    Training("planar", (2, 4, 1), 400, None, epochs=10_000, units=1, unit="10,000 steps", hidden="tanh",
             output="sigmoid", optimizer="gradient_descent", learning_rate=0.1,
             wanted={"JAX": 2.5, "NumPy": 25, "torch": 200}),
    Training("digits", (64, 32, 10), 20_000, 32, **_MINI, wanted={"JAX": 4, "scikit-learn": 50, "torch": 75}),
    Training("default", (30, 100, 2), 20_000, 200, **_MINI, wanted={"JAX": 2.5, "scikit-learn": 12, "torch": 12}),
    Training("mnist", (784, 128, 10), 60_000, 128, epochs=1, units=1,
             wanted={"JAX": 2.2, "torch": 3.3, "scikit-learn": 5}, wanted_peak=0.75),
    Training("table", (100, 256, 128, 2), 100_000, 1024, epochs=1, units=1,
             wanted={"JAX": 1.35, "torch": 2, "scikit-learn": 3}, wanted_peak=0.75),
    Training("wide", (1024, 1024, 1024, 10), 20_000, 512, epochs=1, units=1, wanted={BEST: 1.05}, wanted_peak=0.85),
    Prediction("one-row", (64, 64, 32, 10), 1, calls=2_000, wanted={"torch": 12}, wanted_seconds=3e-6),
    Prediction("million-rows", (100, 256, 128, 2), 1_000_000, calls=1, wanted={BEST: 1.3}),
)  # fmt: skip
"""Every workload but the import of the package."""

IMPORT = "import"
IMPORT_WANTED_SECONDS = 0.1


def drawn(seed: int, count: int = 3) -> list[Training]:
    """Return trainings whose sizes nobody chose: the same ones for the same seed, each a second or less."""
    rng = np.random.default_rng(seed)

    def between(low: int, high: int) -> int:  # as many below the geometric mean as above it
        return round(math.exp(rng.uniform(math.log(low), math.log(high))))

    found = []
    for k in range(count):
        hidden = [between(8, 512) for _ in range(rng.integers(1, 4))]
        sizes = (between(8, 512), *hidden, int(rng.integers(2, 11)))
        batch = between(16, 1024)
        a_row = Training("", sizes, 1, 1, **_MINI).flops
        rows = int(min(500 * batch, 1e10 / a_row, 50_000))
        found.append(Training(f"seed {seed}, {k + 1}", sizes, max(rows, 2 * batch), batch, **_MINI))
    return found


@dataclass(frozen=True)
class Data:
    """What every peer gets: the same float32 table, labels, initial weights and order of rows."""

    X: Array  # (m, n_x), C-ordered
    labels: Array  # (m,) int64
    targets: Array  # (m, n_y) float32: one-hot rows, or the labels as a column for one output
    theta: Parameters
    orders: Array  # (epochs, m) int64: which rows, epoch by epoch; empty for full batches
    seed: int

    @classmethod
    def of(cls, workload: Workload, seed: int = 0) -> Data:
        """Make a table whose labels a linear function of the row decides, with some noise."""
        rng = np.random.default_rng(seed)
        n_y, m = workload.sizes[-1], workload.rows
        X = rng.standard_normal((m, workload.sizes[0]), dtype=np.float32)
        if n_y == 1:
            labels = (X[:, 0] * X[:, 1] > 0).astype(np.int64)
            targets = labels[:, None].astype(np.float32)
        else:
            teacher = rng.standard_normal((workload.sizes[0], n_y), dtype=np.float32)
            noise = rng.gumbel(size=(m, n_y)).astype(np.float32)
            labels = np.argmax(X @ teacher + noise, axis=1)
            targets = np.eye(n_y, dtype=np.float32)[labels]
        theta = lw.initialize(workload.network, seed).astype(np.float32)
        epochs = workload.epochs if isinstance(workload, Training) and workload.batch else 0
        orders = [permutation(m, seed, Purpose.SHUFFLE, epoch) for epoch in range(epochs)]
        return cls(X, labels, targets, theta, np.array(orders, np.int64).reshape(epochs, m), seed)
