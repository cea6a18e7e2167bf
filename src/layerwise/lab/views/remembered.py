"""What follows from the examples alone is worked out once for each data set, and forgotten with it."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

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

    @functools.wraps(function)
    def remembered(data: Dataset, *arguments: Hashable) -> Result:
        key = id(data)
        if key not in known:
            known[key] = {}
            weakref.finalize(data, known.pop, key, None)
        results: dict[Any, Result] = known[key]
        if arguments not in results:
            found = function(data, *arguments)
            while len(results) >= _KEPT:
                results.pop(next(iter(results)), None)
            results[arguments] = found
        return results[arguments]

    return remembered
