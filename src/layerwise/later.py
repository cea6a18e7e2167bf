"""What is imported when it is asked for and not before: a command is not late for what it does not need."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["KINDS", "names"]

KINDS: dict[str, Callable[[], object]] = {}
"""What imports the module that can build a kind of model from a file."""


def names(package: str, modules: Mapping[str, str]) -> Callable[[str], Any]:
    """Return the ``__getattr__`` of a package whose public names stand in these of its modules.

    >>> names("layerwise.equations", {"one_hot": "labels"})("one_hot").__module__
    'layerwise.equations.labels'
    """

    def found(name: str) -> Any:
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(importlib.import_module(f"{package}.{modules[name]}"), name)

    return found
