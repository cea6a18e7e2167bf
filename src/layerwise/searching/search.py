"""`search`: the best hyperparameters that a number of trials, or a time, can find."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from sklearn.base import clone, is_classifier

from layerwise.checks import COUNT, FLAG, SEED, Integers
from layerwise.errors import DataError, ParameterError
from layerwise.estimators.fits import Fits, Fitted
from layerwise.estimators.mlp.base import BaseMLP
from layerwise.estimators.tabular.base import BaseTabular
from layerwise.estimators.weights import row_weights
from layerwise.searching.asked import checked_table, described, scorer_of, splits_of
from layerwise.searching.budget import Budget, rounds_of_networks, seconds_of
from layerwise.searching.ensembles import selected
from layerwise.searching.evaluating import Evaluator, UnderWay
from layerwise.searching.grids import check_space
from layerwise.searching.journal import Journal
from layerwise.searching.result import SearchResult, ranked
from layerwise.searching.samplers import sampler_named
from layerwise.searching.space import Space, check_values, default_space
from layerwise.searching.tasks import final_step, is_ours, name_of_weights
from layerwise.searching.trials import Trial, to_json

__all__ = ["SearchCallback", "search"]

AHEAD = 8
"""Trials that begin before the result of the first of them counts: as many as keep the threads busy."""
HOPELESS = 16
"""Where so many trials are known and all of them failed, no more begin."""


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

    The first trial has the parameters that the estimator came with. Trial t is chosen knowing trials 0 .. t − `ahead`,
    whatever ended first: with the same arguments the trials and their bits are the same, for any number of threads,
    and a longer budget only adds to them.

    Parameters
    ----------
    estimator : estimator
        MLPClassifier, MLPRegressor, LogisticRegression, TabularClassifier, TabularRegressor, or a pipeline that ends in
        one. A trial of a tabular estimator trains one network; the winner as many as were asked for.
    X, y
        As for its `fit`; y may be the name of a column of a frame.
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
        A number of folds, which are dealt by `random_state`, the classes with their shares; else as in scikit-learn.
        None takes five folds up to 2,000 rows, three up to 10,000, and above one part of a fifth.
    groups, sample_weight : (m,) arrays, optional
        For the splitter; for the fits.
    sampler : str
        "optuna" models what was found (a tree-structured Parzen estimator), "random" draws, "auto" takes Optuna where
        that is installed. Where everything is listed, no combination is tried twice.
    terminate : bool
        End runs early whose validation cost, after a third of their epochs, is above the median of earlier trials'.
    ahead : int
        How many trials are under way at most, and not known to the next.
    ensemble : int
        Greedy selection among so many of the best trials of this run; 0 for none.
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
    if not is_ours(estimator):
        raise ParameterError(
            "The 'estimator' parameter of search must be one of this library, without warm_start and with the native "
            f"engine, or a pipeline that ends in one. Got {type(estimator).__name__}: scikit-learn's searches, or "
            "Optuna, take any."
        )
    if budget is None and n_trials is None:
        raise ParameterError("search needs an end: budget, such as '60s', or n_trials.")
    seconds = None if budget is None else seconds_of(budget)
    n_trials = None if n_trials is None else COUNT.check("search", "n_trials", n_trials)
    ahead = COUNT.check("search", "ahead", ahead)
    ensemble = Integers(0, 10_000).check("search", "ensemble", ensemble)
    threads = None if threads is None else COUNT.check("search", "threads", threads)
    seed = SEED.check("search", "random_state", random_state)
    for callback in callbacks:
        if not callable(getattr(callback, "on_trial_end", None)):
            raise ParameterError(f"search: callbacks need a method on_trial_end(trial, best). Got {callback!r}.")
    classifies = is_classifier(estimator)
    X, y = checked_table(X, y)
    if ensemble and classifies and np.ndim(y) > 1:
        raise ParameterError("search: an ensemble takes one target. Got several labels for each row.")
    w = row_weights(sample_weight, len(y), np.float64)
    space = default_space(estimator, len(y)) if space is None else space
    check_space("search", estimator, space)
    check_values("search", estimator, space)
    name, scorer = scorer_of(scoring, estimator, y, classifies=classifies)
    splits = splits_of(cv, y, groups, seed, classifies=classifies)
    own = clone(estimator).get_params(deep=True)
    chooses = sampler_named(sampler, space, seed, {name: own[name] for name in sorted(space) if name in own})
    terminate = FLAG.check("search", "terminate", terminate)
    kept = None
    if journal is not None:
        rules = {"scoring": name, "sampler": chooses.name, "ahead": ahead}
        rules |= {"terminate": terminate, "random_state": seed}
        for parameter in space:
            to_json(parameter, own.get(parameter))
        kept = Journal(Path(journal), {**described(estimator, X, y, w, space, splits), **rules})
    return _Search(
        estimator=estimator,
        rows=(X, y, w),
        space=space,
        scoring=name,
        sampler=chooses,
        evaluator=Evaluator(estimator, X, y, w, splits, scorer, terminates=terminate, keeps=ensemble > 0),
        budget=Budget(began, seconds),
        n_trials=n_trials,
        ahead=ahead,
        ensemble=ensemble,
        refits=FLAG.check("search", "refit", refit),
        journal=kept,
        callbacks=callbacks,
        threads=threads,
    ).result()


class _Search:
    def __init__(
        self,
        *,
        estimator: Any,
        rows: tuple[Any, Any, Any],
        space: Space,
        scoring: str,
        sampler: Any,
        evaluator: Evaluator,
        budget: Budget,
        n_trials: int | None,
        ahead: int,
        ensemble: int,
        refits: bool,
        journal: Journal | None,
        callbacks: Sequence[SearchCallback],
        threads: int | None,
    ) -> None:
        self.estimator, self.space, self.scoring, self.threads = estimator, space, scoring, threads
        self.X, self.y, self.w = rows
        self.sampler, self.evaluator, self.journal = sampler, evaluator, journal
        self.budget, self.n_trials, self.ahead = budget, n_trials, ahead
        self.k, self.refits, self.callbacks = ensemble, refits, callbacks
        self.over: dict[int, Trial] = {}
        self.best: Trial | None = None
        self.told: list[Trial] = []  # what the sampler knows of
        self.kept: dict[int, UnderWay] = {}
        self.stopped = "n_trials"
        learnt = np.mean([len(train) for train, _ in evaluator.splits])
        self.rounds = rounds_of_networks(estimator, len(self.y), threads) * len(self.y) / float(learnt)

    def result(self) -> SearchResult:
        try:
            self._try()
        except KeyboardInterrupt:
            self.stopped = "interrupted"
        finally:
            if self.journal is not None:
                self.journal.close()
        best = self.best or self._refuse_empty()
        board = ranked(self.over.values())
        kept = [self.kept[trial.number] for trial in board if trial.number in self.kept]
        ensemble, weights = selected(kept, self.evaluator, self.space) if self.k else (None, {})
        estimator = None
        if self.refits:
            try:
                estimator = self._refitted(best)
            except KeyboardInterrupt:  # before anything was learnt
                self.stopped = "interrupted"
        trials = sorted(self.over.values(), key=lambda trial: trial.number)
        told = trials, best, estimator, self.stopped, self.budget.used, self.space, self.scoring
        return SearchResult(*told, ensemble, weights, self.sampler.name)

    def _refuse_empty(self) -> Trial:
        if self.stopped == "interrupted":
            raise KeyboardInterrupt
        if not self.over:
            raise ParameterError(
                f"search: no trial was over in the budget of {self.budget.seconds:g} seconds. Give more, fewer epochs, "
                "or fewer folds (cv)."
            )
        first = min(self.over.values(), key=lambda trial: trial.number)
        raise DataError(f"search: all {len(self.over)} trials failed. The first, with {first.params}: {first.error}")

    def _try(self) -> None:
        known = {trial.number: trial for trial in self.journal.trials} if self.journal else {}
        under_way: dict[int, UnderWay] = {}
        number = 0
        with Fits[Any](self.threads) as fits:
            while True:
                while self._may_begin(number) and len(under_way) * len(self.evaluator.splits) <= fits.crew.threads:
                    self._tell_sampler(number - self.ahead + 1)
                    params = self.sampler.ask(number)
                    if params is None:
                        self.stopped, self.n_trials = "space", number
                        break
                    if number in known:
                        self._note_over(self._same(known[number], params))
                    else:
                        under_way[number], fittings = self.evaluator.begin(number, params, self.told)
                        for split, fitting in enumerate(fittings):
                            fits.add((number, split), fitting)
                    number += 1
                if self._is_late():
                    self.stopped = "budget"
                    fits.stop()
                    return
                if not under_way and not self._may_begin(number):
                    return
                fitted = fits.ended(waits=self.budget.seconds is None)
                if fitted is None:
                    time.sleep(0.001)
                    continue
                trial = under_way[fitted.key[0]]
                self._note(trial, fitted)
                if trial.left == 0:
                    self._end(under_way.pop(trial.number))

    def _may_begin(self, number: int) -> bool:
        # when all trials are over that it is to know of
        if len(self.told) >= HOPELESS and all(trial.state == "failed" for trial in self.told):
            self.stopped = "failures"
            return False
        wanted = (self.n_trials is None or number < self.n_trials) and not self._is_late()
        return wanted and all(earlier in self.over for earlier in range(len(self.told), number - self.ahead + 1))

    def _is_late(self) -> bool:
        if self.best is None or not self.refits:
            return self.budget.is_late(0.0)
        return self.budget.is_late(self.best.seconds / len(self.evaluator.splits) * self.rounds)

    def _tell_sampler(self, count: int) -> None:
        # of so many trials, in their order: nothing depends on which of them ended first
        for number in range(len(self.told), count):
            self.told.append(self.over[number])
            self.sampler.tell(self.over[number])

    def _same(self, trial: Trial, params: dict[str, Any]) -> Trial:
        # what a journal has, if it is what is tried now
        if trial.to_line()["params"] != {name: to_json(name, value) for name, value in params.items()}:
            path = self.journal.path if self.journal else ""
            raise ParameterError(
                f"{path}: its trial {trial.number} had {trial.params}, where this search tries {params}: another "
                "version of the sampler wrote it. Remove it, or give another file."
            )
        return trial

    def _note(self, trial: UnderWay, fitted: Fitted) -> None:
        trial.left -= 1
        trial.seconds += fitted.seconds
        if isinstance(fitted.error, KeyboardInterrupt):
            raise fitted.error
        try:
            if fitted.error is not None:
                raise fitted.error
            trial.epochs += fitted.result.epochs
            self.evaluator.score(trial, fitted.key[1])
        except Exception as error:  # of this trial alone
            trial.errors[fitted.key[1]] = error

    def _end(self, trial: UnderWay) -> None:
        done = trial.trial()
        if self.k and done.score is not None:
            self.kept[trial.number] = trial
            if len(self.kept) > self.k:
                del self.kept[min(self.kept, key=lambda number: (np.mean(self.kept[number].scores), -number))]
        if self.journal is not None:
            self.journal.add(done)
        self._note_over(done)

    def _note_over(self, trial: Trial) -> None:
        self.over[trial.number] = trial
        self.best = next(iter(ranked([each for each in (self.best, trial) if each is not None])), None)
        for callback in self.callbacks:
            callback.on_trial_end(trial, self.best)

    def _refitted(self, best: Trial) -> Any:
        estimator = clone(self.estimator).set_params(**clone(best.params, safe=False))
        final = final_step(estimator)
        given, deadline = getattr(final, "callbacks", None), self.budget.deadline()
        if deadline is not None and isinstance(final, BaseMLP | BaseTabular):
            final.callbacks = [*(given or ()), deadline]
        if self.threads is not None:
            final.set_params(**{"n_threads" if isinstance(final, BaseMLP) else "n_jobs": self.threads})
        estimator.fit(self.X, self.y, **({} if self.w is None else {name_of_weights(estimator): self.w}))
        if hasattr(final, "callbacks"):
            final.callbacks = given
        return estimator
