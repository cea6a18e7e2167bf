"""Every error and warning of the package.

::

    LayerwiseError
    ├── ShapeError              (ValueError)       an array has another shape than the equation needs
    ├── ParameterError          (ValueError)       an argument is outside its range, or a name is unknown
    ├── DataError               (ValueError)       the values cannot be used: not finite, not a label
    │   └── TableError                             the same, said of a row and column of a table
    ├── GraphError              (ValueError)       an operation a computation graph cannot differentiate
    ├── ModelFileError          (ValueError)       a model file is missing, damaged, foreign or too new
    └── MissingDependencyError  (ImportError)      an optional part is not installed

    LayerwiseWarning            (UserWarning)
    ├── NetworkWarning                             a network that will not learn what was meant
    ├── DivergenceWarning                          a run stopped because a number became infinite or NaN
    ├── EngineWarning                              the fast engine is not there, and the slow one runs
    ├── ModelFileNotice                            what of a model its file does not keep
    └── TableNotice                                what was dropped or assumed while reading a table
"""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Iterable, Mapping
from types import ModuleType

__all__ = [
    "DataError",
    "DivergenceWarning",
    "EngineWarning",
    "GraphError",
    "LayerwiseError",
    "LayerwiseWarning",
    "MissingDependencyError",
    "ModelFileError",
    "ModelFileNotice",
    "NetworkWarning",
    "ParameterError",
    "ShapeError",
    "TableError",
    "TableNotice",
    "did_you_mean",
    "listed",
    "require",
]


class LayerwiseError(Exception):
    """Base of every error that the package raises on purpose."""


class ShapeError(LayerwiseError, ValueError):
    """An array has another shape than the equation needs."""


class ParameterError(LayerwiseError, ValueError):
    """An argument is outside its range, or a name is unknown."""


class DataError(LayerwiseError, ValueError):
    """The values of X, Y or the weights cannot be used."""


class TableError(DataError):
    """A table, or one cell of it, cannot be used."""


class GraphError(LayerwiseError, ValueError):
    """A computation graph was asked for something it cannot differentiate."""


class ModelFileError(LayerwiseError, ValueError):
    """A model file is missing, damaged, foreign or newer than this package."""


class MissingDependencyError(LayerwiseError, ImportError):
    """An optional part of the package is not installed."""


class LayerwiseWarning(UserWarning):
    """Base of every warning that the package gives."""


class NetworkWarning(LayerwiseWarning):
    """A network that will not learn what was probably meant."""


class DivergenceWarning(LayerwiseWarning):
    """A run stopped because a number became infinite or NaN."""


class EngineWarning(LayerwiseWarning):
    """The native engine is not there, and the NumPy engine runs in its place."""


class ModelFileNotice(LayerwiseWarning):
    """What of a model its file does not keep."""


class TableNotice(LayerwiseWarning):
    """What was dropped or assumed while a table was read."""


def did_you_mean(name: object, options: Iterable[str], elsewhere: Mapping[str, str] | None = None) -> str:
    """Return " Did you mean 'relu'?" for a near miss, else the sorted options, as the end of a message.

    `elsewhere` leads from the names of other libraries to the options; upper and lower case are not told apart.
    """
    written = str(name).lower()
    lowered = {option.lower(): option for option in options}
    near = difflib.get_close_matches((elsewhere or {}).get(written, written), lowered, n=1, cutoff=0.6)
    return f" Did you mean {lowered[near[0]]!r}?" if near else f" Known: {', '.join(sorted(lowered.values()))}."


def listed(names: Iterable[str], at_most: int = 10) -> str:
    """Join names with commas, and say how many more there are.

    >>> listed("abcd", at_most=2)
    'a, b and 2 more'
    """
    names = list(names)
    more = f" and {len(names) - at_most} more" if len(names) > at_most else ""
    return ", ".join(names[:at_most]) + more


def require(module: str, *, extra: str, purpose: str) -> ModuleType:
    """Import an optional library, or raise the one line that names the cure.

    Raises
    ------
    MissingDependencyError
        If the library is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        raise MissingDependencyError(f"{purpose} needs {package}: pip install 'layerwise[{extra}]'") from error
