"""A fit that fails leaves the estimator as it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["as_it_was"]


@contextmanager
def as_it_was(estimator: Any) -> Iterator[None]:
    """Give an estimator its attributes back where the block raises, whatever that is."""
    before = dict(estimator.__dict__)
    try:
        yield
    except BaseException:
        estimator.__dict__.clear()
        estimator.__dict__.update(before)
        raise
