"""scikit-learn's successive halving, whose survivors go on instead of starting again."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.experimental import enable_halving_search_cv  # noqa: F401 - without it the next line fails
from sklearn.model_selection import HalvingGridSearchCV as GridHalving
from sklearn.model_selection import HalvingRandomSearchCV as RandomHalving

from layerwise.searching.grids import ManyFits

__all__ = ["HalvingGridSearchCV", "HalvingRandomSearchCV"]


class _Halving(ManyFits):
    def _continues(self) -> bool:
        """Return whether the resource is the epochs, so that a round can add to those of the round before."""
        return str(self.__dict__["resource"]).rpartition("__")[2] == "max_iter"


class HalvingGridSearchCV(_Halving, GridHalving):
    """scikit-learn's HalvingGridSearchCV: every combination of a grid with few resources, the best third with more.

    With ``resource="max_iter"`` the candidates that are left go on from where they stand, with what the optimizer
    remembers: the bits are those of a fit from the start, for the epochs that were added alone. (A fit that has ended
    by itself is not repeated. Candidates with a `schedule` or `early_stopping`, or without a fixed `random_state`,
    start again.)

    Parameters
    ----------
    estimator, param_grid
        As for `layerwise.GridSearchCV`.
    factor, resource, max_resources, min_resources, aggressive_elimination, cv, scoring, refit, error_score,
    return_train_score, random_state, verbose
        As in scikit-learn.
    n_jobs, backend
        As for `layerwise.GridSearchCV`.

    Attributes
    ----------
    n_resources_, n_candidates_, n_iterations_, cv_results_, best_estimator_, ...
        As in scikit-learn.
    n_epochs_ : int
        How many epochs all fits but the last one had together.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from layerwise import HalvingGridSearchCV, MLPClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> search = HalvingGridSearchCV(
    ...     MLPClassifier(random_state=0), {"learning_rate_init": [1e-4, 1e-3, 1e-2], "alpha": [1e-4, 1e-2, 1]},
    ...     resource="max_iter", min_resources=5, max_resources=45, cv=3)
    >>> import warnings
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")  # the first rounds have few epochs
    ...     search.fit(X, y).n_epochs_  # 9 candidates x 3 folds x 5 epochs, 3 x 3 x 10 more, 1 x 3 x 30 more
    315

    References
    ----------
    Jamieson and Talwalkar 2016, "Non-stochastic best arm identification and hyperparameter optimization".
    """

    def __init__(
        self,
        estimator: Any,
        param_grid: Any,
        *,
        factor: float = 3,
        resource: str = "n_samples",
        max_resources: Any = "auto",
        min_resources: Any = "exhaust",
        aggressive_elimination: bool = False,
        cv: Any = 5,
        scoring: Any = None,
        refit: Any = True,
        error_score: Any = np.nan,
        return_train_score: bool = True,
        random_state: Any = None,
        n_jobs: int | None = None,
        verbose: int = 0,
        backend: str | None = None,
    ) -> None:
        super().__init__(
            estimator,
            param_grid,
            factor=factor,
            resource=resource,
            max_resources=max_resources,
            min_resources=min_resources,
            aggressive_elimination=aggressive_elimination,
            cv=cv,
            scoring=scoring,
            refit=refit,
            error_score=error_score,
            return_train_score=return_train_score,
            random_state=random_state,
            n_jobs=n_jobs,
            verbose=verbose,
        )
        self.backend = backend


class HalvingRandomSearchCV(_Halving, RandomHalving):
    """scikit-learn's HalvingRandomSearchCV: draws from a space, halved as `HalvingGridSearchCV` halves a grid.

    Parameters
    ----------
    estimator, param_distributions
        As for `layerwise.RandomizedSearchCV`.
    n_candidates, factor, resource, max_resources, min_resources, aggressive_elimination, cv, scoring, refit,
    error_score, return_train_score, random_state, verbose
        As in scikit-learn.
    n_jobs, backend
        As for `layerwise.GridSearchCV`.

    References
    ----------
    Jamieson and Talwalkar 2016, "Non-stochastic best arm identification and hyperparameter optimization".
    """

    def __init__(
        self,
        estimator: Any,
        param_distributions: Any,
        *,
        n_candidates: Any = "exhaust",
        factor: float = 3,
        resource: str = "n_samples",
        max_resources: Any = "auto",
        min_resources: Any = "smallest",
        aggressive_elimination: bool = False,
        cv: Any = 5,
        scoring: Any = None,
        refit: Any = True,
        error_score: Any = np.nan,
        return_train_score: bool = True,
        random_state: Any = None,
        n_jobs: int | None = None,
        verbose: int = 0,
        backend: str | None = None,
    ) -> None:
        super().__init__(
            estimator,
            param_distributions,
            n_candidates=n_candidates,
            factor=factor,
            resource=resource,
            max_resources=max_resources,
            min_resources=min_resources,
            aggressive_elimination=aggressive_elimination,
            cv=cv,
            scoring=scoring,
            refit=refit,
            error_score=error_score,
            return_train_score=return_train_score,
            random_state=random_state,
            n_jobs=n_jobs,
            verbose=verbose,
        )
        self.backend = backend
