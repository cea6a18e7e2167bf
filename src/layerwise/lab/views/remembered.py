"""What follows from the examples alone is worked out once for each data set, and forgotten with it."""

from __future__ import annotations

import functools
import threading
import weakref
from collections.abc import Callable, Hashable
from typing import TypeVar

from layerwise.lab.moment import Dataset

__all__ = ["once_per_dataset"]

Result = TypeVar("Result")

_KEPT = 8
"""Results of one function for one data set, as many as there are planes that people look at."""


def once_per_dataset(function: Callable[..., Result]) -> Callable[..., Result]:
    """Keep the latest results of ``function(data, *hashable)`` for as long as the data set lives.

    A data set holds arrays and is no key: it is known by its identity.
    """
    known: dict[int, dict[Hashable, Result]] = {}
    lock = threading.Lock()

    @functools.wraps(function)
    def remembered(data: Dataset, *arguments: Hashable) -> Result:
        with lock:
            if id(data) not in known:
                weakref.finalize(data, known.pop, id(data), None)
            results = known.setdefault(id(data), {})
            if arguments in results:
                return results[arguments]
        found = function(data, *arguments)  # by several threads at once, at worst
        with lock:
            while len(results) >= _KEPT:
                results.pop(next(iter(results)))
            return results.setdefault(arguments, found)

    return remembered
