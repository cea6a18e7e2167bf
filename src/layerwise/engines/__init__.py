"""Who carries a training run out. ``engine_named`` finds an engine; the contract says what it owes."""

from layerwise.checks import known_name
from layerwise.engines.contract import (
    Directive,
    Divergence,
    EarlyStopping,
    Engine,
    EpochReport,
    Examples,
    Outcome,
    Report,
    TrainingData,
    TrainingPlan,
)
from layerwise.engines.numpy_engine import NumpyEngine

__all__ = [
    "ENGINES",
    "Directive",
    "Divergence",
    "EarlyStopping",
    "Engine",
    "EpochReport",
    "Examples",
    "NumpyEngine",
    "Outcome",
    "Report",
    "TrainingData",
    "TrainingPlan",
    "engine_named",
]

ENGINES: dict[str, type[Engine]] = {"numpy": NumpyEngine}
"""Every engine by name."""


def engine_named(name: str) -> Engine:
    """Return an engine by name; "auto" is the fastest one that is installed.

    Raises
    ------
    ParameterError
        If there is none of that name.
    """
    known_name("engine", name, ("auto", *ENGINES))
    return ENGINES["numpy" if name == "auto" else name]()
