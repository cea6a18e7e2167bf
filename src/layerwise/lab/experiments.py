"""`Experiments`: those that a lab holds, by id, at most so many."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from layerwise.lab.examples import dataset_of
from layerwise.lab.experiment import Experiment
from layerwise.lab.held import Held
from layerwise.lab.moment import Dataset
from layerwise.lab.settings import Settings, checked
from layerwise.lab.uploads import Tables

__all__ = ["Experiments"]


class Experiments:
    """The experiments of a lab; where there are too many, the least recently used one is closed and dropped.

    Parameters
    ----------
    tables : Tables, optional
        The tables that settings may name.
    most : int
    """

    def __init__(self, tables: Tables | None = None, most: int = 16) -> None:
        self.tables = Tables() if tables is None else tables
        self._held: Held[Experiment] = Held("experiment", "Make a new one.", most)

    def new(self, given: Mapping[str, Any]) -> Experiment:
        """Return a new experiment from settings by name; those not given have their defaults.

        Raises
        ------
        SettingError
            If a setting is unknown or outside its limits, or does not go with the others.
        Gone
            If the table is not held any more.
        """
        settings = checked(given)
        experiment = Experiment(secrets.token_urlsafe(9), settings, self._examples(settings))
        for dropped in self._held.add(experiment.id, experiment):
            dropped.close()
        return experiment

    def get(self, id: str) -> Experiment:
        """Return an experiment.

        Raises
        ------
        Gone
            If there is none of that id, or not any more.
        """
        return self._held.get(id)

    def changed(self, id: str, given: Mapping[str, Any]) -> Experiment:
        """Return a new experiment in the place of another one, whose settings it has but for those given.

        Raises
        ------
        SettingError, Gone
            As `new` and `get`; the experiment then stays as it was.
        """
        before = self.get(id)
        settings = checked(before.settings.to_json() | dict(given))
        same = settings.data() == before.settings.data()
        after = Experiment(id, settings, before.data if same else self._examples(settings))
        self._held.replace(id, after).close()
        return after

    def close(self) -> None:
        """Close all of them."""
        for experiment in self._held.clear():
            experiment.close()

    def __len__(self) -> int:
        return len(self._held)

    def _examples(self, settings: Settings) -> Dataset:
        table = None if settings.preset != "table" or settings.table is None else self.tables.get(settings.table).table
        return dataset_of(settings, table)
