"""`SearchResult`: what a search has found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from layerwise.searching.trials import Trial

__all__ = ["SearchResult"]


@dataclass(frozen=True)
class SearchResult:
    """What a search has found.

    Attributes
    ----------
    trials : list of Trial
        In the order in which they began.
    best_trial_ : Trial
        The one with the highest score.
    best_params_ : dict
    best_score_ : float
        Its mean over the splits; more is better.
    best_estimator_ : estimator or None
        Fitted to all rows with the best parameters; None with ``refit=False``, or if Ctrl-C came before it had learnt.
    ensemble_ : estimator or None
        The mean of the trials that greedy selection took, where `ensemble` asked for it: `predict`, `predict_proba`.
    ensemble_weights_ : dict of int to float
        The share of each trial in it, by its number.
    stopped : str
        "budget", "n_trials", "space" (every combination was tried), "failures" (of the first trials, all) or
        "interrupted" (Ctrl-C).
    seconds : float
        All of it, the last fit included.
    space : dict
        What was searched.
    scoring : str
    sampler : str
        "random" or "optuna".
    """

    trials: Sequence[Trial]
    best_trial_: Trial
    best_estimator_: Any
    stopped: str
    seconds: float
    space: Mapping[str, Any]
    scoring: str
    ensemble_: Any = None
    ensemble_weights_: Mapping[int, float] = field(default_factory=dict)
    sampler: str = ""

    @property
    def best_params_(self) -> dict[str, Any]:
        """The parameters of the best trial."""
        return self.best_trial_.params

    @property
    def best_score_(self) -> float:
        """The score of the best trial."""
        return float(self.best_trial_.score or 0.0)

    @property
    def leaderboard(self) -> list[Trial]:
        """The trials that have a score, the best one first."""
        return ranked(self.trials)

    def __repr__(self) -> str:
        return (
            f"SearchResult({len(self.trials)} trials, best {self.scoring} {self.best_score_:.5g} with "
            f"{self.best_params_}, stopped={self.stopped!r})"
        )


def ranked(trials: Iterable[Trial]) -> list[Trial]:
    """Return the trials that have a score, the best first, the earlier one of equals."""
    scored = [trial for trial in trials if trial.score is not None]
    return sorted(scored, key=lambda trial: (-(trial.score or 0.0), trial.number))
