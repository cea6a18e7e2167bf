"""Who chooses the parameters of the next trial: draws, or Optuna's model of what was found so far."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any, Protocol

import numpy as np

from layerwise.checks import known_name
from layerwise.errors import ParameterError, require
from layerwise.searching.space import Between, Space, draw, plain, size_of
from layerwise.searching.trials import Trial

__all__ = ["Sampler", "sampler_named"]

TRIES = 20
"""How often Optuna is asked for a combination that was not tried yet."""


class Sampler(Protocol):
    """Chooses parameters; what it has been told, and in which order, is all that its choices depend on."""

    name: str

    def ask(self, number: int) -> dict[str, Any] | None:
        """Return the parameters of trial `number`; None where nothing is left to be tried."""
        ...

    def tell(self, trial: Trial) -> None:
        """Take note of a trial that is over."""
        ...


def sampler_named(name: str, space: Space, seed: int, first: dict[str, Any] | None) -> Sampler:
    """Return the sampler of a name: "random", "optuna", or "auto", which is Optuna's where that is installed.

    Raises
    ------
    ParameterError, MissingDependencyError
    """
    known_name("sampler", name, ("auto", "optuna", "random"))
    if name == "random" or (name == "auto" and (find_spec("optuna") is None or not _fits_optuna(space))):
        return _Random(space, seed, first)
    require("optuna", extra="search", purpose="sampler='optuna'")
    if not _fits_optuna(space):
        raise ParameterError(
            "The sampler 'optuna' takes lists and layerwise.Between. Got another distribution in the space: use "
            "sampler='random'."
        )
    return _Optuna(space, seed, first)


class _Random:
    """Draws, each from a stream of its own; of a small space every combination once."""

    name = "random"

    def __init__(self, space: Space, seed: int, first: dict[str, Any] | None) -> None:
        self.space, self.seed, self.first = space, seed, first
        self.size = size_of(space)
        self.seen = _seen_at_first(space, first)
        self.drawn = 0

    def ask(self, number: int) -> dict[str, Any] | None:
        if number == 0 and self.first is not None:
            return self.first
        if self.size is not None and len(self.seen) >= self.size:
            return None
        while True:
            found = draw(self.space, self.seed, self.drawn)
            self.drawn += 1
            if self.size is None:
                return found
            if repr(found) not in self.seen:
                self.seen.add(repr(found))
                return found

    def tell(self, trial: Trial) -> None:
        pass


class _Optuna:
    """Optuna's tree-structured Parzen estimator, asked and told in the order of the trials' numbers."""

    name = "optuna"

    def __init__(self, space: Space, seed: int, first: dict[str, Any] | None) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self.optuna, self.space, self.seed, self.first = optuna, space, seed, first
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # several of its options are called experimental
            sampler = optuna.samplers.TPESampler(
                seed=seed % 2**32, n_startup_trials=10, multivariate=True, constant_liar=True
            )
            self.study = optuna.create_study(sampler=sampler)
        self.distributions = {name: self._distribution(values) for name, values in sorted(space.items())}
        self.asked: dict[int, Any] = {}
        self.size, self.seen = size_of(space), _seen_at_first(space, first)
        self.drawn = 0

    def ask(self, number: int) -> dict[str, Any] | None:
        if number == 0 and self.first is not None:
            return self.first
        if self.size is not None and len(self.seen) >= self.size:
            return None
        for _ in range(TRIES):
            trial, params = self._asked()
            if self.size is None or repr(params) not in self.seen:
                break
            self.study.tell(trial, state=self.optuna.trial.TrialState.FAIL)
        else:
            trial, params = self._unseen()
        self.seen.add(repr(params))
        self.asked[number] = trial
        return params

    def _asked(self) -> tuple[Any, dict[str, Any]]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            trial = self.study.ask(self.distributions)
        return trial, {name: self._value(name, trial.params[name]) for name in sorted(self.space)}

    def _unseen(self) -> tuple[Any, dict[str, Any]]:
        # where the model asks for the same over and over again
        while True:
            found = draw(self.space, self.seed, self.drawn)
            self.drawn += 1
            if repr(found) not in self.seen:
                break
        places = {
            name: next(k for k, value in enumerate(values) if repr(plain(value)) == repr(found[name]))
            for name, values in self.space.items()
        }
        self.study.enqueue_trial(places)
        return self._asked()

    def tell(self, trial: Trial) -> None:
        if trial.number not in self.asked:
            return
        asked = self.asked[trial.number]
        if trial.score is None:
            self.study.tell(asked, state=self.optuna.trial.TrialState.FAIL)
        else:
            self.study.tell(asked, -trial.score)

    def _distribution(self, values: Any) -> Any:
        of = self.optuna.distributions
        if isinstance(values, Between):
            kind = of.IntDistribution if values.whole else of.FloatDistribution
            return kind(values.low, values.high, log=values.log)
        return of.CategoricalDistribution(list(range(len(values))))

    def _value(self, name: str, given: Any) -> Any:
        values = self.space[name]
        if isinstance(values, Between):
            return given if values.whole else values.rounded(given)
        return plain(values[given])


def _seen_at_first(space: Space, first: dict[str, Any] | None) -> set[str]:
    # the estimator's own parameters, if they are among the combinations
    if size_of(space) is None or first is None or len(first) < len(space):
        return set()
    listed = all(repr(first[name]) in {repr(plain(value)) for value in values} for name, values in space.items())
    return {repr({name: first[name] for name in sorted(space)})} if listed else set()


def _fits_optuna(space: Space) -> bool:
    return all(isinstance(values, Between | Sequence | np.ndarray) for values in space.values())
