"""`Rooms`: what the page's questions are put to; the answers are plain JSON, in the shapes of protocol.ts.

Importing this imports the engines and all that the lab can do: the page itself is served before.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from layerwise._version import __version__
from layerwise.checks import Reals, known_name
from layerwise.errors import TableError, require
from layerwise.lab import Experiments, Moment, Tables, Upload, described, views
from layerwise.lab.exports import File, export
from layerwise.lab.lessons import lessons
from layerwise.lab.presets import PRESETS
from layerwise.lab.server.describing import described_experiment
from layerwise.lab.server.watching import Watching, drawn
from layerwise.lab.settings import DRAWN_POINTS, HIDDEN_LAYERS, RULES, UNITS, checked
from layerwise.lab.uploads import CELL, COLUMNS, ROWS, UPLOAD_BYTES

__all__ = ["Rooms"]

PACE = Reals(1e-3, 1e6)
ACTIONS = ("start", "pace", "pause", "epoch", "reset")


class Rooms:
    """The experiments, the tables and the lessons of one lab.

    Parameters
    ----------
    given : mapping
        Settings that the lab starts with, by name.
    table : Path, optional
        A table that it starts with.

    Raises
    ------
    LayerwiseError
        If a setting or the table cannot be used.

    Attributes
    ----------
    upload_bytes : int
        What a table that is sent may have.
    """

    upload_bytes = UPLOAD_BYTES

    def __init__(self, given: Mapping[str, Any], table: Path | None = None) -> None:
        # threads of the BLAS wait by spinning, which takes the cores from the run while its pictures are drawn
        pools = require("threadpoolctl", extra="lab", purpose="layerwise lab")
        self._pools = pools.threadpool_limits(1, user_api="blas")
        self.tables = Tables()
        self.experiments = Experiments(self.tables)
        self.given = dict(given)
        self.opened: Upload | None = None
        if table is not None:
            self.opened = self.tables.add(table.name, _content(table))
            self.given |= {"preset": "table", "table": self.opened.id}
            self.given.setdefault("target", self.opened.target)
            self.opened.table.column(self.given["target"])
        checked(self.given)

    def close(self) -> None:
        """Stop all runs."""
        self.experiments.close()
        self._pools.restore_original_limits()

    def about(self) -> Any:
        """Return `About`."""
        return {
            "version": __version__,
            "settings": described(),
            "presets": [{"name": name, "task": preset.task} for name, preset in PRESETS.items()],
            "limits": {
                "upload_bytes": UPLOAD_BYTES,
                "rows": ROWS,
                "columns": COLUMNS,
                "cell": CELL,
                "drawn_points": DRAWN_POINTS,
                "hidden_layers": HIDDEN_LAYERS,
                "units": UNITS,
            },
            "table": None if self.opened is None else self.opened.described(),
            "given": self.given,
        }

    def lessons(self) -> Any:
        """Return all `Lesson`s."""
        return lessons()

    def upload(self, name: str, content: bytes) -> Any:
        """Return the `Table` of a CSV text."""
        return self.tables.add(name, content).described()

    def create(self, settings: Mapping[str, Any]) -> Any:
        """Return the `Description` of a new experiment."""
        return described_experiment(self.experiments.new(settings))

    def change(self, id: str, settings: Mapping[str, Any]) -> Any:
        """Return the `Description` of an experiment whose settings are changed."""
        return described_experiment(self.experiments.changed(id, settings))

    def run(self, id: str, asked: Mapping[str, Any]) -> Any:
        """Do what a `Run` says, and return the status."""
        experiment = self.experiments.get(id)
        action = known_name("action", asked.get("action"), ACTIONS)
        epochs, pace = asked.get("epochs"), asked.get("pace")
        pace = None if pace is None else PACE.check("the lab", "pace", pace)
        match action:
            case "start":
                status = experiment.start(None if epochs is None else RULES["epochs"].check("epochs", epochs), pace)
            case "pace":
                status = experiment.keep_to(pace)
            case "pause":
                status = experiment.pause()
            case "epoch":
                status = experiment.epoch()
            case _:
                status = experiment.reset()
        return {"status": status}

    def watching(self, id: str) -> Watching:
        """Return what a stream follows."""
        self.experiments.get(id)  # a page that asks again for what is gone is told so, and does not ask for ever
        return Watching(self.experiments, id)

    def points(self, id: str, view: Mapping[str, Any]) -> Any:
        """Return `Points`."""
        return views.points(self.experiments.get(id).moment(), dict(view))

    def snapshot(self, id: str, epoch: int, view: Mapping[str, Any]) -> Any:
        """Return the `Snapshot` of an epoch."""
        experiment = self.experiments.get(id)
        broken = experiment.progress()
        last = broken.divergence if epoch == broken.epoch else None
        return drawn(experiment, experiment.moment(epoch), last, dict(view))

    def strip(self, id: str, epoch: int, batch: int, example: int) -> Any:
        """Return the `Strip` of a step."""
        return views.strip(self._moment(id, epoch), batch, example)

    def layer(self, id: str, epoch: int, batch: int, layer: int) -> Any:
        """Return the `LayerTensors` of a step."""
        return views.layer(self._moment(id, epoch), batch, layer)

    def unit(self, id: str, epoch: int, batch: int, example: int, layer: int, unit: int) -> Any:
        """Return the `UnitGraph` of a step."""
        return views.unit(self._moment(id, epoch), batch, example, layer, unit)

    def gradients(self, id: str, epoch: int) -> Any:
        """Return a `GradientCheck`."""
        return views.gradients(self._moment(id, epoch))

    def homework(self, id: str, epoch: int, given: Mapping[str, Any]) -> Any:
        """Return the `Marks` of a `Homework`."""
        return views.mark(self._moment(id, epoch), given)

    def vectorization(self, n_x: int, m: int) -> Any:
        """Return a `Vectorization`, timed now."""
        return views.vectorization(n_x, m)

    def export(self, id: str, epoch: int, kind: str) -> File:
        """Return a file to download."""
        experiment = self.experiments.get(id)
        moment, part = experiment.moment(epoch), experiment.progress().curve
        if moment.result is None or len(moment.result.history.cost) == epoch:  # each epoch is known
            return export(moment, kind)
        last = bisect_right(part.epoch, epoch)
        points: dict[str, list[Any]] = {"epoch": part.epoch, "cost": part.cost, "validation_cost": part.validation_cost}
        return export(moment, kind, {name: values[:last] for name, values in points.items()})

    def _moment(self, id: str, epoch: int) -> Moment:
        return self.experiments.get(id).moment(epoch)


def _content(table: Path) -> bytes:
    try:
        with table.open("rb") as file:
            return file.read(UPLOAD_BYTES + 1)  # one more is too many, as `Tables.add` says
    except OSError as error:
        raise TableError(f"{table}: cannot be read: {error.strerror}.") from None
