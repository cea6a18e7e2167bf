"""`Held`: what a lab holds by id, at most so many; the least recently used one is dropped for a newer one."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Generic, TypeVar

from layerwise.lab.objections import Gone

__all__ = ["Held"]

Entry = TypeVar("Entry")


class Held(Generic[Entry]):
    """Entries by id, for any number of threads. What is dropped is returned, for whoever has to close it.

    Parameters
    ----------
    kind : str
        What an entry is called in `Gone`.
    remedy : str
        What to do where one is gone: a sentence.
    most : int
    """

    def __init__(self, kind: str, remedy: str, most: int) -> None:
        self.kind, self.remedy, self.most = kind, remedy, most
        self._entries: OrderedDict[str, Entry] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, id: str, entry: Entry) -> list[Entry]:
        """Hold an entry of a new id, and return those that are dropped for it."""
        with self._lock:
            self._entries[id] = entry
            return [self._entries.popitem(last=False)[1] for _ in range(len(self._entries) - self.most)]

    def get(self, id: str) -> Entry:
        """Return an entry, which is now the most recently used one.

        Raises
        ------
        Gone
            If there is none of that id, or not any more.
        """
        with self._lock:
            self._check_held(id)
            self._entries.move_to_end(id)
            return self._entries[id]

    def replace(self, id: str, entry: Entry) -> Entry:
        """Hold an entry in the place of another one, which is returned.

        Raises
        ------
        Gone
            As `get`.
        """
        with self._lock:
            self._check_held(id)
            before, self._entries[id] = self._entries[id], entry
            return before

    def clear(self) -> list[Entry]:
        """Drop all entries, and return them."""
        with self._lock:
            dropped = list(self._entries.values())
            self._entries.clear()
            return dropped

    def __len__(self) -> int:
        return len(self._entries)

    def _check_held(self, id: str) -> None:
        if id not in self._entries:
            raise Gone(f"There is no {self.kind} {id[:40]!r} any more: the lab holds {self.most}. {self.remedy}")
