"""scikit-learn's exhaustive and random search, many networks at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Self

import joblib
import numpy as np
from sklearn import model_selection

from layerwise.checks import known_name
from layerwise.errors import ParameterError
from layerwise.searching.backend import Runner, TogetherBackend
from layerwise.searching.continuing import Survivors
from layerwise.searching.local import LocalRunner
from layerwise.searching.ray_runner import RayRunner
from layerwise.searching.tasks import is_ours

__all__ = ["GridSearchCV", "ManyFits", "RandomizedSearchCV"]


class ManyFits:
    """What the searches share: their fits side by side on the native engine, or on a cluster.

    `n_jobs` is how many threads there are; None takes as many as there are processors. Estimators of this library, and
    pipelines that end in one, take this way; any other is fitted as scikit-learn does it, with `n_jobs` and joblib's
    `parallel_config` as there.
    """

    estimator: Any
    n_jobs: int | None
    backend: str | None

    def _continues(self) -> bool:
        """Return whether later rounds may go on from the fits of earlier ones."""
        return False

    def fit(self, X: Any, y: Any = None, **params: Any) -> Self:
        """Run fit with all sets of parameters; see scikit-learn's class of the same name.

        Parameters
        ----------
        X, y
            As for the estimator.
        **params
            groups, sample_weight and what else the splitter and the estimator take.

        Raises
        ------
        ParameterError
            If the space is empty, or names a parameter that the estimator has not.
        ValueError
            If every fit failed, with the first cause.
        """
        for space in self._spaces():
            check_space(type(self).__name__, self.estimator, space)
        known_name("backend", self.backend or "local", ("local", "ray"))
        if not is_ours(self.estimator):
            super().fit(X, y, **params)  # type: ignore[misc]  # a mixin
            return self
        with self._runner() as runner:
            together = TogetherBackend(runner, self.n_jobs)
            config = joblib.parallel_config(backend=together)
            together.began = config.unregister  # what runs within a fit, and the last one, asks joblib as ever
            try:
                super().fit(X, y, **params)  # type: ignore[misc]
            finally:
                config.unregister()
        self.n_epochs_ = runner.epochs
        return self

    def _spaces(self) -> Sequence[Mapping[str, Any]]:
        given = self.__dict__.get("param_grid", self.__dict__.get("param_distributions"))
        return [given] if isinstance(given, Mapping) else list(given or [{}])

    def _runner(self) -> Runner:
        threads = None if self.n_jobs in (None, -1) else joblib.effective_n_jobs(self.n_jobs)
        survivors = Survivors() if self._continues() else None
        return RayRunner(threads, survivors) if self.backend == "ray" else LocalRunner(threads, survivors)


def check_space(owner: str, estimator: Any, space: Mapping[str, Any]) -> None:
    """Refuse a space with nothing to try, and names that are no parameters of the estimator.

    Raises
    ------
    ParameterError
    """
    if not isinstance(space, Mapping):
        raise ParameterError(f"{owner}: a space must map names of parameters to values. Got {space!r}.")
    known = estimator.get_params(deep=True)
    for name, values in space.items():
        if name not in known and name.split("__")[0] not in known:
            near = get_close_matches(name, known, n=1)
            meant = f" Did you mean {near[0]!r}?" if near else ""
            raise ParameterError(
                f"{owner}: {type(estimator).__name__} has no parameter {name!r}.{meant} "
                f"Its parameters: {', '.join(sorted(known))}."
            )
        if isinstance(values, Sequence | np.ndarray) and not isinstance(values, str) and len(values) == 0:
            raise ParameterError(f"{owner}: the parameter {name!r} has no value to try. Give at least one.")


class GridSearchCV(ManyFits, model_selection.GridSearchCV):
    """scikit-learn's GridSearchCV: every combination of a grid, cross-validated, with the same winner and results.

    Each fit is the run that the estimator alone would make, bit for bit; only that all of them run side by side on the
    threads of the native engine, over one copy of the table.

    Parameters
    ----------
    estimator : estimator
        Of this library, or a pipeline that ends in one; any other is searched by scikit-learn itself.
    param_grid : dict or list of dict
    scoring, refit, cv, verbose, pre_dispatch, error_score, return_train_score
        As in scikit-learn.
    n_jobs : int, optional
        Threads; None takes as many as there are processors. On Ray, the processors of each call; see there.
    backend : str, optional
        "ray" spreads the fits over the nodes of a Ray cluster, with the same results; see docs/scaling.md.

    Attributes
    ----------
    cv_results_, best_estimator_, best_params_, best_score_, best_index_, scorer_, n_splits_, refit_time_, multimetric_
        As in scikit-learn.
    n_epochs_ : int
        How many epochs all fits but the last one had together.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from layerwise import GridSearchCV, MLPClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> search = GridSearchCV(MLPClassifier(tol=0, max_iter=30, random_state=0, learning_rate_init=0.01),
    ...                       {"hidden_layer_sizes": [(8,), (16,)], "alpha": [1e-4, 1e-2]}, cv=3)
    >>> import warnings
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")  # 30 epochs are few
    ...     bool(search.fit(X, y).best_score_ > 0.9)
    True

    References
    ----------
    scikit-learn 1.9, ``sklearn.model_selection.GridSearchCV``.
    """

    def __init__(
        self,
        estimator: Any,
        param_grid: Any,
        *,
        scoring: Any = None,
        n_jobs: int | None = None,
        refit: Any = True,
        cv: Any = None,
        verbose: int = 0,
        pre_dispatch: Any = "2*n_jobs",
        error_score: Any = np.nan,
        return_train_score: bool = False,
        backend: str | None = None,
    ) -> None:
        super().__init__(
            estimator,
            param_grid,
            scoring=scoring,
            n_jobs=n_jobs,
            refit=refit,
            cv=cv,
            verbose=verbose,
            pre_dispatch=pre_dispatch,
            error_score=error_score,
            return_train_score=return_train_score,
        )
        self.backend = backend


class RandomizedSearchCV(ManyFits, model_selection.RandomizedSearchCV):
    """scikit-learn's RandomizedSearchCV: `n_iter` draws from a space, as `GridSearchCV` carries them out.

    Parameters
    ----------
    estimator : estimator
    param_distributions : dict or list of dict
        Lists, or distributions of SciPy.
    n_iter, scoring, refit, cv, verbose, pre_dispatch, random_state, error_score, return_train_score
        As in scikit-learn.
    n_jobs, backend
        As for `GridSearchCV`.

    References
    ----------
    Bergstra and Bengio 2012, "Random search for hyper-parameter optimization", JMLR 13.
    """

    def __init__(
        self,
        estimator: Any,
        param_distributions: Any,
        *,
        n_iter: int = 10,
        scoring: Any = None,
        n_jobs: int | None = None,
        refit: Any = True,
        cv: Any = None,
        verbose: int = 0,
        pre_dispatch: Any = "2*n_jobs",
        random_state: Any = None,
        error_score: Any = np.nan,
        return_train_score: bool = False,
        backend: str | None = None,
    ) -> None:
        super().__init__(
            estimator,
            param_distributions,
            n_iter=n_iter,
            scoring=scoring,
            n_jobs=n_jobs,
            refit=refit,
            cv=cv,
            verbose=verbose,
            pre_dispatch=pre_dispatch,
            random_state=random_state,
            error_score=error_score,
            return_train_score=return_train_score,
        )
        self.backend = backend
