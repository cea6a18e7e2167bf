"""Who carries a training run out. ``engine_named`` finds an engine; the contract says what it owes."""

from __future__ import annotations

import functools
import warnings
from importlib.util import find_spec

from layerwise.checks import known_name
from layerwise.engines.contract import (
    Directive,
    Divergence,
    Engine,
    EpochReport,
    Outcome,
    Progress,
    Report,
    TrainingPlan,
)
from layerwise.engines.crews import Crew, Ended, Job, TrainsMany, default_threads, threads_of_crew
from layerwise.engines.early_stopping import Best, EarlyStopping, Plateau
from layerwise.engines.examples import Examples, TrainingData
from layerwise.engines.numpy_engine import NumpyEngine
from layerwise.equations.lbfgs import Evaluate
from layerwise.errors import EngineWarning, MissingDependencyError

try:
    from layerwise.engines import native_engine
except ImportError as error:
    native_engine = None  # type: ignore[assignment]
    _FAILED = error

__all__ = [
    "ENGINES",
    "Best",
    "Crew",
    "Directive",
    "Divergence",
    "EarlyStopping",
    "Ended",
    "Engine",
    "EpochReport",
    "Examples",
    "Job",
    "NumpyEngine",
    "Outcome",
    "Plateau",
    "Progress",
    "Report",
    "TrainingData",
    "TrainingPlan",
    "TrainsMany",
    "default_threads",
    "engine_named",
    "threads_of_crew",
]

ENGINES: dict[str, type[Engine]] = {"numpy": NumpyEngine}
"""Every engine that is installed, by name."""

if native_engine is not None:
    ENGINES["native"] = native_engine.NativeEngine


class _Automatic(TrainsMany):
    """The native engine, but for plans that only the NumPy engine can carry out."""

    name = "auto"

    def run(self, plan: TrainingPlan, data: TrainingData, report: Report | None = None) -> Outcome:
        if native_engine is None:
            _tell_once()
        elif native_engine.can_run(plan):
            return native_engine.NativeEngine().run(plan, data, report)
        return NumpyEngine().run(plan, data, report)

    def crew(self, threads: int | None = None) -> Crew:
        if native_engine is None:
            _tell_once()
            return NumpyEngine().crew(threads)
        from layerwise.engines.native_crew import NativeCrew

        return NativeCrew(self, threads_of_crew(threads))

    def objective(self, plan: TrainingPlan, examples: Examples) -> Evaluate:
        engine = native_engine.NativeEngine() if native_engine is not None else NumpyEngine()
        return engine.objective(plan, examples)


@functools.cache
def _tell_once() -> None:
    message = f"Training runs on the NumPy engine, many times slower. {_why_not()}"
    warnings.warn(message, EngineWarning, stacklevel=4)  # at the line that called layerwise.train


def _why_not() -> str:
    if find_spec("layerwise.engines._native"):
        fact = f"cannot be loaded ({_FAILED}). Build it again"
    else:
        fact = (
            "was not built, as no C++20 compiler was found when layerwise was installed. "
            "Install GCC 11 or Clang 14, or newer, and then"
        )
    return f"The engine 'native' {fact}: pip install --force-reinstall --no-cache-dir layerwise."


def engine_named(name: str) -> Engine:
    """Return an engine by name; "auto" is the native one wherever that can carry out a plan.

    Raises
    ------
    ParameterError
        If there is none of that name.
    MissingDependencyError
        If the native engine is asked for and is not there.
    """
    known_name("engine", name, ("auto", "native", "numpy"))
    if name not in ("auto", *ENGINES):
        raise MissingDependencyError(_why_not())
    return _Automatic() if name == "auto" else ENGINES[name]()
