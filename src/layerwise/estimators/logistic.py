"""Logistic regression with scikit-learn's face: the course's gradient descent, L-BFGS and Newton's method."""

from __future__ import annotations

import math
import numbers
import os
from collections.abc import Iterator
from functools import lru_cache, partial
from itertools import islice
from typing import Any, Self

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, column_or_1d

from layerwise.checks import COUNT, FLAG, NON_NEGATIVE, POSITIVE, Reals, known_name
from layerwise.engines import Directive, EpochReport, Examples, Job, TrainingData, TrainingPlan, engine_named
from layerwise.equations.lbfgs import LBFGS, Point
from layerwise.equations.schedules import Constant
from layerwise.errors import DataError, ParameterError
from layerwise.estimators.failing import as_it_was
from layerwise.estimators.fits import Fitting, Said, alone
from layerwise.estimators.inputs import columns_of, dense_blocks, validated
from layerwise.estimators.labels import Labels
from layerwise.estimators.logistic_solvers import (
    Problem,
    costs_and_last,
    descent,
    gradient_descent,
    lbfgs,
    newton,
)
from layerwise.estimators.quick import QuickParameters, QuickScore
from layerwise.estimators.shared import Learnt, RowsOf
from layerwise.estimators.weights import counted_rows, row_weights, with_class_weights
from layerwise.network import Array, Network, Parameters

__all__ = ["LogisticRegression"]

MOST_FOR_NEWTON = 10_000
"""Weights whose second derivatives Newton's method lays out: 800 MB."""
SOLVERS = ("lbfgs", "newton", "newton-cholesky", "newton-cg", "gradient_descent")
ELSEWHERE = {"sag": "lbfgs", "saga": "lbfgs", "liblinear": "newton", "irls": "newton", "gd": "gradient_descent"}
"""Solvers of scikit-learn that are not here, and what to take in their place."""


class LogisticRegression(QuickScore, QuickParameters):
    r"""The network without hidden layers, for two classes or more; its cost has one minimum.

    .. math::
        \min_{W, b} \; C \sum_i w_i L(\hat{y}^{(i)}, y^{(i)}) + \tfrac{1}{2} \|W\|^2

    Parameters
    ----------
    penalty : "l2" or None
        As in scikit-learn before 1.8; None is the same as C=inf.
    C : float
        The inverse of λ; inf is no penalty.
    l1_ratio, dual, intercept_scaling
        0, False and 1, as in the L2 case of scikit-learn.
    tol : float
        The largest derivative of the mean cost at which a solver has converged.
    fit_intercept : bool
    class_weight : "balanced", dict or None
    random_state
        Not needed: every solver is deterministic.
    solver : str
        lbfgs; newton, for few columns and a precise minimum (newton-cholesky and newton-cg are taken for it); or
        gradient_descent, the course's.
    max_iter : int
    verbose : int
        Print the cost of every iteration.
    warm_start : bool
        Begin at the last fit's weights.
    n_jobs : int, optional
        Threads; None chooses by the size of the work, -1 takes all processors. The bits are the same for any number.
    learning_rate : float, optional
        Of gradient_descent; None takes the largest that is safe.

    Attributes
    ----------
    classes_, coef_, intercept_, n_iter_, n_features_in_, feature_names_in_
        As in scikit-learn; coef_ is (1, n) for two classes, (classes, n) for more.
    loss_, loss_curve_ : float, list of float
        The mean cost with its penalty, at the end and before each iteration.

    Raises
    ------
    ParameterError, DataError
        Both are ValueError.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.preprocessing import scale
    >>> from layerwise import LogisticRegression
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> model = LogisticRegression(solver="newton").fit(scale(X), y)
    >>> round(model.score(scale(X), y), 3), int(model.n_iter_[0]) < 10
    (0.988, True)

    References
    ----------
    Course notes 2.2 to 2.4 and 2.9; scikit-learn 1.9, ``sklearn.linear_model.LogisticRegression``.
    """

    def __init__(
        self,
        penalty: Any = "deprecated",
        *,
        C: float = 1.0,
        l1_ratio: float | None = 0.0,
        dual: bool = False,
        tol: float = 1e-4,
        fit_intercept: bool = True,
        intercept_scaling: float = 1,
        class_weight: Any = None,
        random_state: Any = None,
        solver: str = "lbfgs",
        max_iter: int = 100,
        verbose: int = 0,
        warm_start: bool = False,
        n_jobs: int | None = None,
        learning_rate: float | None = None,
    ) -> None:
        self.penalty = penalty
        self.C = C
        self.l1_ratio = l1_ratio
        self.dual = dual
        self.tol = tol
        self.fit_intercept = fit_intercept
        self.intercept_scaling = intercept_scaling
        self.class_weight = class_weight
        self.random_state = random_state
        self.solver = solver
        self.max_iter = max_iter
        self.verbose = verbose
        self.warm_start = warm_start
        self.n_jobs = n_jobs
        self.learning_rate = learning_rate

    classes_: Array

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Find the minimum of the cost.

        Parameters
        ----------
        X : (m, n) array, DataFrame or sparse matrix
        y : (m,) array
        sample_weight : (m,) array, optional
            A weight of 2 is the row twice.

        Returns
        -------
        self

        Warns
        -----
        ConvergenceWarning
            If `max_iter` is reached before a derivative is below `tol`.
        """
        alone(self._fitting(X, y, sample_weight)).warn()
        return self

    def _fitting(self, X: Any, y: Any, sample_weight: Any = None, *, rows: RowsOf | None = None) -> Fitting[Said]:
        """Yield the run of a fit; with `rows`, of those of a table that many fits share, X and y are not looked at."""
        l2 = self._check_parameters()
        with as_it_was(self):
            return (yield from self._run(X, y, sample_weight, l2, rows))

    def _rows(self, X: Any, y: Any) -> tuple[Any, Array]:
        X, y = validated(self, X, y, reset=True)
        return X, column_or_1d(y, warn=True)

    def _run(self, X: Any, y: Any, sample_weight: Any, l2: float, rows: RowsOf | None) -> Fitting[Said]:
        X, y = self._rows(X, y) if rows is None else rows.checked(self, type(self).__name__, self._rows)
        if y.dtype.kind not in "biuU":  # which are classes, whatever they are
            check_classification_targets(y)
        labels = Labels.of(y) if rows is None else rows.labels(y)
        if len(labels.classes) < 2:
            raise DataError(
                "This solver needs samples of at least 2 classes in the data, but the data contains only one class: "
                f"{labels.classes.tolist()[0]!r}"
            )
        w = with_class_weights(row_weights(sample_weight, len(y), np.float64), self.class_weight, y, np.float64)
        start = self._start(labels, X.shape[1])
        self.classes_, self._labels = labels.classes.copy(), labels  # which a table may share with other fits
        dtype = X.dtype
        if self.solver == "lbfgs" and self.fit_intercept:
            encode = partial(labels.encode, dtype=dtype)
            if rows is None:
                learnt = Learnt(X, encode(y))
            else:
                learnt = rows.learnt(X, y, (type(self).__name__, dtype, labels.key), encode)
            net = _network(X.shape[1], labels.n_y, labels.output)
            plan = self._plan(net, start.astype(dtype), l2, descent(self.tol), self.max_iter)
            data = TrainingData(learnt.examples(None if w is None else w.astype(dtype)))
            (outcome,) = yield [Job(plan, data, _told if self.verbose else None)]
            costs, last = costs_and_last(outcome)
            if self.verbose and len(costs) > len(outcome.cost):
                _tell(len(costs) - 1, last.J)
            return self._keep((labels.n_y, X.shape[1]), costs, last, dtype)
        X, y, w = counted_rows(X if rows is None else X[rows.chosen], y, w)
        if self.solver != "lbfgs":  # which is as good in single precision, as scikit-learn's
            X = X.astype(np.float64, copy=False)
        weights = None if w is None else w.reshape(1, -1).astype(X.dtype)
        problem = self._problem(X, Examples(columns_of(X), labels.encode(y, X.dtype).T, weights), l2)
        points = list(self._points(problem, start.astype(X.dtype)))
        return self._keep(problem.shape, [point.J for point in points], points[-1], dtype)

    def _check_parameters(self) -> float:
        owner = type(self).__name__
        known_name(f"solver of {owner}", self.solver, SOLVERS, ELSEWHERE)
        penalties = (isinstance(self.penalty, str) and self.penalty in ("deprecated", "l2")) or self.penalty is None
        no_l1 = self.l1_ratio is None or (isinstance(self.l1_ratio, numbers.Real) and self.l1_ratio == 0)
        if not (penalties and no_l1 and self.dual is False):
            raise ParameterError(
                f"{owner} has the L2 penalty and none: penalty='l2' or None, l1_ratio=0, dual=False. "
                f"Got penalty={self.penalty!r}, l1_ratio={self.l1_ratio!r}, dual={self.dual!r}: for an L1 penalty take "
                "scikit-learn's saga."
            )
        C = Reals(0.0, math.inf, "(").check(owner, "C", self.C)
        NON_NEGATIVE.check(owner, "tol", self.tol)
        COUNT.check(owner, "max_iter", self.max_iter)
        if self.n_jobs is not None and not (isinstance(self.n_jobs, numbers.Integral) and self.n_jobs != 0):
            raise ParameterError(
                f"The 'n_jobs' parameter of {owner} must be None, -1 or an int above 0. Got {self.n_jobs!r} instead."
            )
        for name in ("fit_intercept", "warm_start"):
            FLAG.check(owner, name, getattr(self, name))
        if self.learning_rate is not None:
            POSITIVE.check(owner, "learning_rate", self.learning_rate)
            if self.solver != "gradient_descent":
                raise ParameterError(
                    f"The 'learning_rate' parameter of {owner} is that of solver='gradient_descent'. "
                    f"Got solver={self.solver!r}."
                )
        return 0.0 if self.penalty is None or math.isinf(C) else 1 / C

    def _start(self, labels: Labels, n: int) -> Array:
        shape = (labels.n_y, n)
        same = hasattr(self, "coef_") and np.array_equal(self.classes_, labels.classes) and self.coef_.shape == shape
        if self.warm_start and same:
            intercept = self.intercept_ if self.fit_intercept else np.zeros(labels.n_y)
            return np.concatenate([self.coef_.reshape(-1), intercept]).astype(np.float64)
        return np.zeros(labels.n_y * (n + 1))

    def _plan(self, net: Network, start: Array, l2: float, optimizer: LBFGS, epochs: int) -> TrainingPlan:
        threads = None if self.n_jobs is None else (os.cpu_count() or 1) if self.n_jobs < 0 else max(self.n_jobs, 1)
        return TrainingPlan(
            network=net,
            initial=Parameters.from_vector(net.sizes, start),
            optimizer=optimizer,
            epochs=epochs,
            batch_size=None,
            seed=0,
            l2=l2,
            dropout=(),
            clip_norm=None,
            schedule=Constant(),
            early_stopping=None,
            metrics=(),
            threads=threads,
        )

    def _problem(self, X: Any, examples: Examples, l2: float) -> Problem:
        n_y, n = examples.Y.shape[0], X.shape[1]
        net = _network(n, n_y, "sigmoid" if n_y == 1 else "softmax")
        objective = engine_named("auto").objective(
            self._plan(net, np.zeros(net.n_parameters, X.dtype), l2, LBFGS(), 1), examples
        )

        def without_bias(theta: Array) -> tuple[float, Array]:
            J, g = objective(theta)
            g[-n_y:] = 0
            return J, g

        evaluate = objective if self.fit_intercept else without_bias
        return Problem(evaluate, examples, lambda: dense_blocks(X), l2, bool(self.fit_intercept))

    def _points(self, problem: Problem, start: Array) -> Iterator[Point]:
        if self.solver == "gradient_descent":
            steps = gradient_descent(problem, start, self.learning_rate)
        else:
            if self.solver != "lbfgs":
                self._check_hessian(problem)
            steps = (lbfgs if self.solver == "lbfgs" else newton)(problem, start, self.tol)
        for number, point in enumerate(islice(steps, self.max_iter + 1)):
            if not math.isfinite(point.J):
                raise DataError(
                    f"The cost is not finite in iteration {number}: the input data may contain large values and need "
                    "to be preprocessed" + (", or learning_rate is too large." if self.learning_rate else ".")
                )
            if self.verbose:
                _tell(number, point.J)
            yield point
            if np.abs(point.g).max() <= self.tol:
                return

    def _check_hessian(self, problem: Problem) -> None:
        n_y, n = problem.shape
        numbers_of_all = n_y * (n + problem.bias)
        if numbers_of_all > MOST_FOR_NEWTON:
            raise ParameterError(
                f"The 'solver' parameter of {type(self).__name__} must be 'lbfgs' for {numbers_of_all:,} weights: "
                f"Newton's method needs a matrix of the square of that, and takes up to {MOST_FOR_NEWTON:,}."
            )

    def _keep(self, shape: tuple[int, int], costs: list[float], last: Point, dtype: Any) -> Said:
        n_y, n = shape
        self.coef_ = last.vector[: n_y * n].reshape(n_y, n).astype(dtype)
        self.intercept_ = last.vector[n_y * n :].astype(dtype) if self.fit_intercept else np.zeros(n_y, dtype)
        self.n_iter_ = np.array([max(1, min(len(costs) - 1, self.max_iter))], np.int32)
        self.loss_, self.loss_curve_ = last.J, costs
        said = Said(epochs=len(costs) - 1)
        if len(costs) > self.max_iter and np.abs(last.g).max() > self.tol:
            said.add(
                f"{self.solver} failed to converge after {self.max_iter} iteration(s). Increase max_iter, or scale the "
                f"data: the largest derivative is {np.abs(last.g).max():.2g}, and tol={self.tol:g}.",
                ConvergenceWarning,
            )
        return said

    def decision_function(self, X: Any) -> Array:
        """Return the logits: (m,) for two classes, positive for the second; else (m, classes)."""
        check_is_fitted(self, "coef_")
        X = validated(self, X, reset=False)
        Z = np.asarray(X @ self.coef_.T) + self.intercept_
        return Z[:, 0] if Z.shape[1] == 1 else Z

    def predict(self, X: Any) -> Array:
        """Return the most probable class of each row, (m,)."""
        Z = self.decision_function(X)
        return self.classes_[(Z > 0).astype(int) if Z.ndim == 1 else Z.argmax(axis=1)]

    def predict_proba(self, X: Any) -> Array:
        """Return the probability of each class of `classes_`, (m, classes)."""
        return np.exp(self.predict_log_proba(X))

    def predict_log_proba(self, X: Any) -> Array:
        """Return the logarithms of the probabilities, from the logits: none is −inf."""
        Z = self.decision_function(X)
        if Z.ndim == 1:
            return np.column_stack([-np.logaddexp(0, Z), -np.logaddexp(0, -Z)])
        Z = Z - Z.max(axis=1, keepdims=True)
        return Z - np.log(np.exp(Z).sum(axis=1, keepdims=True))

    kind = "logistic regression"

    def to_state(self) -> tuple[dict[str, Any], dict[str, Array]]:
        """Return what `layerwise.save` writes.

        Raises
        ------
        NotFittedError, ParameterError
            Before fit; or if a parameter is one that fit would refuse.
        """
        check_is_fitted(self, "coef_")
        from layerwise.estimators.logistic_saving import plain_of  # which knows this class

        return plain_of(self).to_state()

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


def _tell(iteration: int, J: float) -> None:
    print(f"Iteration {iteration}, loss = {J:.8f}", flush=True)


def _told(epoch: EpochReport) -> Directive:
    _tell(epoch.epoch, epoch.cost)
    return Directive()


@lru_cache(maxsize=64)
def _network(n_x: int, n_y: int, output: str) -> Network:
    return Network((n_x, n_y), (output,))
