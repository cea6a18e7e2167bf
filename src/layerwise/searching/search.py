"""`search`: the best hyperparameters that a number of trials, or a time, can find."""

from __future__ import annotations

import hashlib
import math
import re
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from sklearn.base import clone, is_classifier
from sklearn.metrics import check_scoring
from sklearn.model_selection import ShuffleSplit, StratifiedShuffleSplit, check_cv
from sklearn.pipeline import Pipeline
from sklearn.utils import indexable

from layerwise.checks import COUNT, FLAG, SEED, Integers
from layerwise.engines import default_threads
from layerwise.errors import DataError, ParameterError
from layerwise.estimators.fits import Fits
from layerwise.estimators.mlp.base import BaseMLP
from layerwise.estimators.tabular.base import BaseTabular
from layerwise.estimators.tabular.recipe import recipe_of
from layerwise.estimators.weights import row_weights
from layerwise.searching.ensembles import Ensemble, greedy_selection, merged
from layerwise.searching.evaluating import Evaluator, UnderWay
from layerwise.searching.grids import check_space
from layerwise.searching.journal import Journal
from layerwise.searching.result import SearchResult, ranked
from layerwise.searching.samplers import sampler_named
from layerwise.searching.space import Between, Space, default_space
from layerwise.searching.tasks import is_ours
from layerwise.searching.trials import Trial, to_json

__all__ = ["SearchCallback", "search", "seconds_of"]

AHEAD = 8
"""Trials that begin before the result of the first of them counts: as many as keep the threads busy."""
ONE_SPLIT_FROM, FIVE_FOLDS_TO = 10_000, 2_000
"""Rows from which on one part of them is held out, and up to which there are five folds; three between."""
HELD_OUT = 0.2
SPARE = 1.1
"""By how much longer than estimated the last fit may take."""
OVERDUE = 1.02
"""At this part of the budget the last fit is stopped, if it is still under way."""


class SearchCallback(Protocol):
    """An object that is told of every trial, on the thread that called `search`."""

    def on_trial_end(self, trial: Trial, best: Trial | None) -> Any:
        """Look at a trial that is over, and at the best one so far."""
        ...


def search(
    estimator: Any,
    X: Any,
    y: Any,
    space: Space | None = None,
    *,
    budget: str | float | None = None,
    n_trials: int | None = None,
    scoring: Any = None,
    cv: Any = None,
    groups: Any = None,
    sample_weight: Any = None,
    sampler: str = "auto",
    terminate: bool = True,
    ahead: int = AHEAD,
    ensemble: int = 0,
    refit: bool = True,
    journal: str | Path | None = None,
    callbacks: Sequence[SearchCallback] = (),
    threads: int | None = None,
    random_state: int = 0,
) -> SearchResult:
    """Search hyperparameters: trial after trial, many at once, until the budget is used.

    The first trial has the parameters that the estimator came with. Trial t is chosen knowing trials 0 .. t − `ahead` −
    1, whatever ended first: with the same arguments the trials and their bits are the same, for any number of threads,
    and a longer budget only adds to them.

    Parameters
    ----------
    estimator : estimator
        MLPClassifier, MLPRegressor, LogisticRegression, TabularClassifier, TabularRegressor, or a pipeline that ends in
        one. A trial of a tabular estimator trains one network; the winner as many as were asked for.
    X, y
        As for its `fit`.
    space : dict, optional
        From names of parameters to lists, `layerwise.Between(low, high, log=)` or distributions of SciPy. None takes
        that of docs/searching.md, by the estimator and the number of rows.
    budget : str or float, optional
        Seconds for everything, the last fit included: 90, "90s", "5min", "2h". What is under way when it is used up is
        given up.
    n_trials : int, optional
        How many trials at most. One of the two has to be given; with both, the first that is reached ends the search.
    scoring : str or callable, optional
        A scorer of scikit-learn, of which more is better. None takes neg_log_loss for classes and
        neg_root_mean_squared_error for numbers.
    cv : int, splitter or iterable, optional
        As in scikit-learn. None takes five folds up to 2,000 rows, three up to 10,000, and above one part of a fifth.
    groups, sample_weight : (m,) arrays, optional
        For the splitter; for the fits.
    sampler : str
        "optuna" models what was found (a tree-structured Parzen estimator), "random" draws, "auto" takes Optuna where
        that is installed.
    terminate : bool
        End runs early whose validation cost, after a third of their epochs, is above the median of earlier trials'.
    ahead : int
        How many trials are under way at most, and not known to the next.
    ensemble : int
        Greedy selection among so many of the best trials; 0 for none.
    refit : bool
        Fit the estimator to all rows with the best parameters.
    journal : str or Path, optional
        A file to which every trial is written as it ends; a search that was killed goes on from it.
    callbacks : sequence
        Objects with ``on_trial_end(trial, best)``.
    threads : int, optional
        None takes as many as there are processors.
    random_state : int
        Of the splits and the trials; fits have the estimator's own.

    Returns
    -------
    SearchResult
        ``best_estimator_``, ``best_params_``, ``best_score_``, ``leaderboard``. Ctrl-C ends the search and gives what
        was found so far; once more, it ends the last fit too.

    Raises
    ------
    ParameterError, DataError
        Before anything is fitted; or if every trial failed, with the first cause.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> import layerwise as lw
    >>> X, y = load_iris(return_X_y=True)
    >>> found = lw.search(lw.LogisticRegression(max_iter=500), X, y, n_trials=12, sampler="random")
    >>> len(found.trials), found.best_score_ > -0.2, found.best_estimator_.score(X, y) > 0.9
    (12, True, True)

    References
    ----------
    Bergstra, Bardenet, Bengio and Kégl 2011, "Algorithms for hyper-parameter optimization". Akiba, Sano, Yanase, Ohta
    and Koyama 2019, "Optuna", doi:10.1145/3292500.3330701.
    """
    began = time.monotonic()
    return _Search(began, **{name: value for name, value in locals().items() if name != "began"}).result()


def seconds_of(budget: str | float) -> float:
    """Return a time in seconds from a number, or a text with a unit.

    >>> seconds_of("1.5 min"), seconds_of("2h"), seconds_of(30)
    (90.0, 7200.0, 30.0)

    Raises
    ------
    ParameterError
    """
    units = {"": 1.0, "s": 1.0, "sec": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}
    found = re.fullmatch(r"([0-9.]+(?:e[0-9]+)?)\s*([a-z]*)", str(budget).strip().lower())
    try:
        seconds = float(found[1]) * units[found[2]] if found else math.nan
    except (KeyError, ValueError):
        seconds = math.nan
    if isinstance(budget, bool) or not 0 < seconds < math.inf:
        raise ParameterError(
            "The 'budget' parameter of search must be a time above 0, such as 60, '60s', '5min' or '2h'. "
            f"Got {budget!r}."
        )
    return seconds


class _Search:
    def __init__(self, began: float, **given: Any) -> None:
        self.began = began
        self.estimator, self.X, self.y = given["estimator"], given["X"], given["y"]
        owner = "search"
        if not is_ours(self.estimator):
            raise ParameterError(
                "The 'estimator' parameter of search must be one of this library, without warm_start, or a pipeline "
                f"that ends in one. Got {type(self.estimator).__name__}: scikit-learn's searches, or Optuna, take any."
            )
        if given["budget"] is None and given["n_trials"] is None:
            raise ParameterError("search needs an end: budget, such as '60s', or n_trials.")
        self.budget = None if given["budget"] is None else seconds_of(given["budget"])
        self.n_trials = None if given["n_trials"] is None else COUNT.check(owner, "n_trials", given["n_trials"])
        self.ahead = COUNT.check(owner, "ahead", given["ahead"])
        self.k = Integers(0, 10_000).check(owner, "ensemble", given["ensemble"])
        self.refits = FLAG.check(owner, "refit", given["refit"])
        self.threads = None if given["threads"] is None else COUNT.check(owner, "threads", given["threads"])
        self.seed = SEED.check(owner, "random_state", given["random_state"])
        self.callbacks = given["callbacks"]
        self.classifies = is_classifier(self.estimator)
        self.X, self.y = _checked(self.estimator, given["X"], given["y"])
        self.n = len(self.y)
        self.w = row_weights(given["sample_weight"], self.n, np.float64)
        self.space: Space = default_space(self.estimator, self.n) if given["space"] is None else given["space"]
        check_space(owner, self.estimator, self.space)
        if not self.space:
            raise ParameterError("search: the space is empty. Give at least one parameter and what to try for it.")
        scoring = given["scoring"] or ("neg_log_loss" if self.classifies else "neg_root_mean_squared_error")
        self.scoring = scoring if isinstance(scoring, str) else getattr(scoring, "__name__", type(scoring).__name__)
        self.splits = self._splits(given["cv"], given["groups"])
        self.evaluator = Evaluator(
            self.estimator,
            self.X,
            self.y,
            self.w,
            self.splits,
            check_scoring(self.estimator, scoring),
            terminates=FLAG.check(owner, "terminate", given["terminate"]),
            keeps=self.k > 0,
        )
        own = clone(self.estimator).get_params(deep=True)
        first = {name: own[name] for name in self.space if name in own}
        self.sampler = sampler_named(given["sampler"], self.space, self.seed, first)
        self.over: dict[int, Trial] = {}
        self.told: list[Trial] = []  # what the sampler knows of
        self.kept: dict[int, UnderWay] = {}
        self.stopped = "n_trials"
        self.journal = None if given["journal"] is None else Journal(Path(given["journal"]), self._described(given))

    def _splits(self, cv: Any, groups: Any) -> list[tuple[Any, Any]]:
        if cv is None and self.n > ONE_SPLIT_FROM:
            splitter = StratifiedShuffleSplit if self.classifies else ShuffleSplit
            cv = splitter(1, test_size=HELD_OUT, random_state=self.seed % 2**32)
        elif cv is None:
            cv = 5 if self.n <= FIVE_FOLDS_TO else 3
        splits = list(check_cv(cv, self.y, classifier=self.classifies).split(np.zeros(self.n), self.y, groups))
        if not splits:
            raise ParameterError("search: cv gives no split.")
        return splits

    def _described(self, given: Mapping[str, Any]) -> dict[str, Any]:
        digest = hashlib.sha256()
        for train, test in self.splits:
            digest.update(np.asarray(train).tobytes() + b"/" + np.asarray(test).tobytes())
        digest.update(repr([np.asarray(self.y)[: 1 << 16].tolist(), np.shape(self.X)]).encode())
        settings = {
            name: repr(value)
            for name, value in self.estimator.get_params(deep=True).items()
            if name not in ("callbacks", "n_jobs", "n_threads", "verbose")
        }
        return {
            "estimator": type(self.estimator).__name__,
            "parameters": settings,
            "space": {name: _described_values(name, values) for name, values in self.space.items()},
            "scoring": self.scoring,
            "sampler": type(self.sampler).__name__.strip("_").lower(),
            "ahead": self.ahead,
            "terminate": self.evaluator.terminates,
            "random_state": self.seed,
            "data": digest.hexdigest(),
        }

    # the trials

    def result(self) -> SearchResult:
        try:
            self._try()
        except KeyboardInterrupt:
            self.stopped = "interrupted"
        finally:
            if self.journal is not None:
                self.journal.close()
        board = ranked(self.over.values())
        if not board:
            self._refuse_empty()
        best = board[0]
        ensemble, weights = self._ensemble(board) if self.k else (None, {})
        estimator = self._refitted(best) if self.refits else None
        seconds = time.monotonic() - self.began
        trials = sorted(self.over.values(), key=lambda trial: trial.number)
        return SearchResult(trials, best, estimator, self.stopped, seconds, self.space, self.scoring, ensemble, weights)

    def _refuse_empty(self) -> None:
        if self.stopped == "interrupted":
            raise KeyboardInterrupt
        if not self.over:
            raise ParameterError(
                f"search: no trial was over in the budget of {self.budget:g} seconds. Give more, fewer epochs, or "
                "fewer folds (cv)."
            )
        first = min(self.over.values(), key=lambda trial: trial.number)
        raise DataError(f"search: all {len(self.over)} trials failed. The first, with {first.params}: {first.error}.")

    def _try(self) -> None:
        known = {trial.number: trial for trial in self.journal.trials} if self.journal else {}
        under_way: dict[int, UnderWay] = {}
        number = 0
        with Fits[Any](self.threads) as fits:
            while True:
                while self._may_begin(number) and len(under_way) * len(self.splits) <= fits.crew.threads:
                    self._tell_sampler(number - self.ahead + 1)
                    params = self.sampler.ask(number)
                    if params is None:
                        self.stopped, self.n_trials = "space", number
                        break
                    if number in known:
                        self._note_over(known[number])
                    else:
                        trial, fittings = self.evaluator.begin(number, params, self.told)
                        under_way[number] = trial
                        for split, fitting in enumerate(fittings):
                            fits.add((number, split), fitting)
                    number += 1
                if self._is_late():
                    self.stopped = "budget"
                    fits.stop()
                    return
                if not under_way and not self._may_begin(number):
                    return
                fitted = fits.ended(waits=self.budget is None)
                if fitted is None:
                    time.sleep(0.001)
                    continue
                trial = under_way[fitted.key[0]]
                self._note(trial, fitted)
                if trial.left == 0:
                    done = under_way.pop(trial.number).trial()
                    self._keep(trial, done)
                    if self.journal is not None:
                        self.journal.add(done)
                    self._note_over(done)

    def _may_begin(self, number: int) -> bool:
        # when all trials are over that it is to know of
        wanted = (self.n_trials is None or number < self.n_trials) and not self._is_late()
        return wanted and all(earlier in self.over for earlier in range(len(self.told), number - self.ahead + 1))

    def _tell_sampler(self, count: int) -> None:
        # of so many trials, in their order: nothing depends on which of them ended first
        for number in range(len(self.told), count):
            self.told.append(self.over[number])
            self.sampler.tell(self.over[number])

    def _note_over(self, trial: Trial) -> None:
        self.over[trial.number] = trial
        best = ranked(self.over.values())
        for callback in self.callbacks:
            callback.on_trial_end(trial, best[0] if best else None)

    def _note(self, trial: UnderWay, fitted: Any) -> None:
        _, split = fitted.key
        trial.left -= 1
        trial.seconds += fitted.seconds
        if isinstance(fitted.error, KeyboardInterrupt):
            raise fitted.error
        try:
            if fitted.error is not None:
                raise fitted.error
            trial.epochs += fitted.result.epochs
            self.evaluator.score(trial, split)
        except Exception as error:  # of this trial alone
            trial.error = trial.error or error

    def _keep(self, trial: UnderWay, done: Trial) -> None:
        if not self.k or done.score is None:
            return
        self.kept[trial.number] = trial
        if len(self.kept) > self.k:
            del self.kept[min(self.kept, key=lambda number: (np.mean(self.kept[number].scores), -number))]

    # the time

    def _is_late(self) -> bool:
        if self.budget is None:
            return False
        return time.monotonic() - self.began >= self.budget - self._last_fit()

    def _last_fit(self) -> float:
        """Return an estimate of the seconds that fitting the best trial's parameters to all rows will take."""
        board = ranked(self.over.values())
        if not self.refits or not board:
            return 0.0
        best, n_splits = board[0], len(self.splits)
        learnt = np.mean([len(train) for train, _ in self.splits])
        rounds = 1.0
        if isinstance(self.estimator, BaseTabular):
            given = {name: getattr(self.estimator, name) for name in ("n_estimators",)}
            networks = recipe_of(self.estimator.quality, self.n, given).n_estimators
            rounds = math.ceil(networks / (self.threads or default_threads()))
        return SPARE * rounds * best.seconds / n_splits * self.n / float(learnt)

    # the end

    def _refitted(self, best: Trial) -> Any:
        estimator = clone(self.estimator).set_params(**clone(best.params, safe=False))
        final = estimator.steps[-1][1] if isinstance(estimator, Pipeline) else estimator
        given = getattr(final, "callbacks", None)
        if self.budget is not None and isinstance(final, BaseMLP | BaseTabular):
            final.callbacks = [*(given or ()), _Deadline(self.began + OVERDUE * self.budget)]
        if self.threads is not None:
            final.set_params(**{_threads_parameter(final): self.threads})
        weights = {} if self.w is None else {_weight_name(estimator): self.w}
        estimator.fit(self.X, self.y, **weights)
        if hasattr(final, "callbacks"):
            final.callbacks = given
        return estimator

    def _ensemble(self, board: Sequence[Trial]) -> tuple[Any, dict[int, float]]:
        kept = [self.kept[trial.number] for trial in board if trial.number in self.kept]
        if not kept:
            return None, {}
        y = np.concatenate([np.asarray(of) for _, of in self.evaluator.tests])
        classes = None
        if self.classifies:
            classes, y = np.unique(y, return_inverse=True)
        parts = [np.concatenate(trial.predictions) for trial in kept]
        counts = greedy_selection(parts, y)
        picks = sum(counts.values())
        weights = {kept[k].number: count / picks for k, count in sorted(counts.items())}
        if isinstance(self.estimator, BaseTabular) and len(self.splits) == 1:
            return merged({k: kept[k].estimators[0] for k in counts}, counts, *self.evaluator.tests[0]), weights
        n = len(self.splits)
        each = [estimator for k in counts for estimator in kept[k].estimators]
        shares = np.repeat([count / picks / n for count in counts.values()], n)
        return Ensemble(each, shares, classes), weights


class _Deadline:
    """A callback that ends a run at a time, with what it has learnt by then."""

    def __init__(self, at: float) -> None:
        self.at = at

    def on_epoch_end(self, state: Any) -> None:
        if time.monotonic() > self.at:
            state.stop()


def _checked(estimator: Any, X: Any, y: Any) -> tuple[Any, Any]:
    if isinstance(y, str):
        if not hasattr(X, "columns") or y not in list(X.columns):
            raise DataError(f"search: y must be the targets, or the name of a column of X. Got {y!r}.")
        names = [name for name in X.columns if name != y]
        X, y = X[names], X[y]
    X, y = indexable(X, y)
    if y is None or len(y) < 4:
        raise DataError(f"search needs targets, and at least 4 rows of them. Got {0 if y is None else len(y)}.")
    return X, y if hasattr(y, "dtype") else np.asarray(y)


def _described_values(name: str, values: Any) -> Any:
    if isinstance(values, Between):
        return {"low": values.low, "high": values.high, "log": values.log}
    if isinstance(values, Sequence | np.ndarray):
        return [to_json(name, value) for value in values]
    distribution = getattr(values, "dist", None)
    return {
        "distribution": getattr(distribution, "name", type(values).__name__),
        "arguments": repr(getattr(values, "args", "")),
    }


def _threads_parameter(estimator: Any) -> str:
    return "n_threads" if isinstance(estimator, BaseMLP) else "n_jobs"


def _weight_name(estimator: Any) -> str:
    return f"{estimator.steps[-1][0]}__sample_weight" if isinstance(estimator, Pipeline) else "sample_weight"
