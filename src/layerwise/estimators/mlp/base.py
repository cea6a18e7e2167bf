"""What the two perceptrons share: from fit's arguments to a plan, a run, and the fitted attributes."""

from __future__ import annotations

import numbers
from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar, Self

import numpy as np
from scipy import sparse
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils import check_random_state, column_or_1d
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from layerwise.checks import SEED
from layerwise.engines import Examples, TrainingData, TrainingPlan
from layerwise.equations.metrics import METRICS
from layerwise.equations.schedules import schedule_of
from layerwise.errors import ParameterError
from layerwise.estimators.failing import as_it_was
from layerwise.estimators.fits import Fitting, alone
from layerwise.estimators.inputs import dense_blocks, validated
from layerwise.estimators.insight import hidden_activations, output_gradients
from layerwise.estimators.mlp.initial import initial_parameters
from layerwise.estimators.mlp.monitor import Standing
from layerwise.estimators.mlp.running import Run, resumed, run
from layerwise.estimators.mlp.settings import (
    batch_size_of,
    check_parameters,
    dropout_of,
    network_of,
    optimizer_of,
    solver_of,
)
from layerwise.estimators.mlp.validation import Validation, given_validation, held_out
from layerwise.estimators.quick import QuickParameters
from layerwise.estimators.shared import Learnt, RowsOf
from layerwise.estimators.weights import row_weights, with_class_weights
from layerwise.network import Array, Network, Parameters
from layerwise.training.predicting import predict

__all__ = ["BaseMLP", "is_stochastic"]

OUTPUT_NAMES = {"sigmoid": "logistic"}


def is_stochastic(estimator: Any) -> bool:
    """Return True, or raise the AttributeError that tells why there is no partial_fit."""
    if estimator.solver in ("lbfgs", "auto"):
        raise AttributeError(
            f"partial_fit is only available for stochastic optimizers. {estimator.solver} is not stochastic."
        )
    return True


class BaseMLP(ClassNamePrefixFeaturesOutMixin, TransformerMixin, QuickParameters, ABC):
    """A network with scikit-learn's face; the classifier and the regressor add their targets."""

    _network: Network
    coefs_: list[Array]
    intercepts_: list[Array]

    # what a subclass brings

    @abstractmethod
    def _learn_targets(self, y: Any, begins: bool, incremental: bool, classes: Any) -> None: ...

    @abstractmethod
    def _encode(self, y: Any, dtype: Any) -> Array: ...

    @abstractmethod
    def _output(self) -> tuple[str, Any]: ...

    @abstractmethod
    def _native_metric(self, validation: Validation) -> tuple[str, Any] | None: ...

    @abstractmethod
    def _score_outputs(self, Y_hat: Array, validation: Validation) -> float: ...

    def _constant(self, examples: Examples) -> float:
        return 0.0

    def _check_loss(self, plan: TrainingPlan, training: Examples) -> None:
        pass

    def _strata(self, Y: Array) -> Array | None:
        return None

    # fitting

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        X_val: Any = None,
        y_val: Any = None,
        eval_set: Any = None,
    ) -> Self:
        """Learn from the rows of a table.

        Parameters
        ----------
        X : (m, n_x) array, DataFrame or sparse matrix
            float32 and float64 are kept; a sparse one is made dense a batch at a time.
        y : (m,) or (m, n_y) array
        sample_weight : (m,) array, optional
            A weight of 2 is the row twice.
        X_val, y_val : arrays, optional
            Rows that are only looked at, in the place of those that `early_stopping` would hold out.
        eval_set : list with one pair (X, y), optional
            Another way to write X_val and y_val.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            Before anything is computed; or where training diverges, with the tensor that is not finite.
        """
        given = given_validation(type(self).__name__, X_val, y_val, eval_set)
        return self._fit(X, y, sample_weight, given, incremental=False)

    @available_if(is_stochastic)
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None, *, X_val: Any = None, y_val: Any = None) -> Self:
        """Go once through the rows, from where the last call left the weights and the optimizer.

        With ``early_stopping=True`` it needs X_val and y_val: the score is noted and the best weights are kept.
        """
        return self._fit(X, y, sample_weight, given_validation(type(self).__name__, X_val, y_val, None), True)

    def _fit(self, X: Any, y: Any, sample_weight: Any, given: Any, incremental: bool, classes: Any = None) -> Self:
        alone(self._fitting(X, y, sample_weight, given, incremental, classes)).warn()
        return self

    def _fitting(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        given: Any = None,
        incremental: bool = False,
        classes: Any = None,
        rows: RowsOf | None = None,
        more: int | None = None,
    ) -> Fitting[Run]:
        """Yield the runs of a fit.

        With `rows`, of those of a table that many fits share, X and y are not looked at. With `more`, it goes on from
        where it stands for so many epochs.
        """
        check_parameters(self)
        if incremental and self.early_stopping and given is None:
            raise ParameterError("partial_fit does not support early_stopping=True without X_val and y_val.")
        with as_it_was(self):
            begins = not hasattr(self, "coefs_") or not (self.warm_start or incremental or more)
            epochs = 1 if incremental else int(more or self.max_iter)
            if rows is None:
                X, y = self._rows(X, y, reset=begins, dtype=self.dtype)
            else:
                X, y = rows.checked(self, self._table_key, partial(self._rows, reset=True, dtype=self.dtype))
            self._learn_targets(y, begins, incremental, classes)
            w = row_weights(sample_weight, len(y), X.dtype)
            weighted = with_class_weights(w, getattr(self, "class_weight", None), y, X.dtype)
            standing = Standing(self._seed()) if begins or not hasattr(self, "_standing") else self._standing.copy()
            training, validation = self._parts(X, y, w, weighted, given, standing.seed, rows)
            plan = self._plan(training, validation, standing, begins, epochs)
            self._check_loss(plan, training)
            looked_at = None if validation is None else validation.examples
            done = yield from run(self, plan, TrainingData(training, looked_at), validation, standing, incremental)
        self._keep(plan, done, standing)
        return done

    def _rows(self, X: Any, y: Any, *, reset: bool, dtype: Any) -> tuple[Any, Any]:
        """Return checked rows and targets; a column of targets as an array (m,)."""
        y = y.toarray() if sparse.issparse(y) else y
        X, y = validated(self, X, y, reset=reset, dtype=dtype, multi_output=True, **self._y_rules)
        return X, column_or_1d(y, warn=True) if y.ndim == 2 and y.shape[1] == 1 else y

    _y_rules: ClassVar[dict[str, Any]] = {}

    def _seed(self) -> int:
        state = self.random_state
        if isinstance(state, numbers.Integral):
            return SEED.check(type(self).__name__, "random_state", int(state))
        return int(check_random_state(state).randint(2**31 - 1))

    def _parts(
        self, X: Any, y: Any, w: Array | None, weighted: Array | None, given: Any, seed: int, rows: RowsOf | None
    ) -> tuple[Examples, Validation | None]:
        """Return what is learnt from, with the weights of classes too, and what is only looked at, without them."""
        encode = partial(self._encode, dtype=X.dtype)
        learnt = Learnt(X, encode(y)) if rows is None else rows.learnt(X, y, self._targets_key(X.dtype), encode)
        if given is not None:
            X_val, y_val = self._rows(*given, reset=False, dtype=X.dtype)
            looked_at = Learnt(X_val, self._encode(y_val, X.dtype)).examples(None)
            return learnt.examples(weighted), Validation(looked_at, X_val, y_val, None)
        if not self.early_stopping or solver_of(self, len(y)) == "lbfgs":  # on which it has no effect, as there
            return learnt.examples(weighted), None
        Y = encode(y)
        mask = held_out(len(Y), self.validation_fraction, seed, self._strata(Y))
        kept, out = np.flatnonzero(~mask), np.flatnonzero(mask)
        w_out = None if w is None else w[out]
        looked_at = Learnt(learnt.inputs(out), Y[out]).examples(w_out)  # a small part, which scores look at too
        learnt_from = learnt.examples(None if weighted is None else weighted[kept], kept)
        return learnt_from, Validation(looked_at, learnt.inputs(out), np.asarray(y)[out], w_out)

    def _targets_key(self, dtype: Any) -> tuple[Any, ...]:
        # of what the targets of all rows depend on, beside y
        labels: Any = getattr(self, "_labels", None)
        return (*self._table_key, np.dtype(dtype), labels and labels.key, repr(getattr(self, "loss", None)))

    @property
    def _table_key(self) -> tuple[Any, ...]:
        return type(self), str(self.dtype)

    def _plan(
        self, training: Examples, validation: Validation | None, standing: Standing, begins: bool, epochs: int
    ) -> TrainingPlan:
        n_y, m, dtype = training.Y.shape[0], training.m, training.Y.dtype
        net = network_of(self, training.X.shape[0], n_y, *self._output())
        solver = solver_of(self, m)
        optimizer = optimizer_of(self, solver)
        metric = validation and self.scoring is None and self._native_metric(validation)
        plan = TrainingPlan(
            network=net,
            initial=initial_parameters(net, standing.seed, self.initializer, dtype)
            if begins
            else self._theta(net, dtype),
            optimizer=optimizer,
            epochs=epochs,
            batch_size=batch_size_of(self, solver, m),
            seed=standing.seed,
            l2=float(self.alpha or self.l2),
            dropout=dropout_of(self, net.L - 1),
            clip_norm=self.clip_norm,
            schedule=schedule_of(f"schedule of {type(self).__name__}", self.schedule),
            early_stopping=None,
            metrics=(METRICS[metric[0]],) if metric else (),
            threads=self.n_threads,
            shuffle=bool(self.shuffle),
            l2_by_batch=bool(self.alpha),
        )
        return plan if begins else resumed(plan, standing)

    def _keep(self, plan: TrainingPlan, done: Run, standing: Standing) -> None:
        self._network, self._standing = plan.network, standing
        self._keep_parameters(done.parameters)
        self.n_layers_ = plan.network.L + 1
        self.n_outputs_ = plan.network.sizes[-1]
        output = plan.network.g[-1].name
        self.out_activation_ = OUTPUT_NAMES.get(output, output)
        self.n_iter_, self.t_ = done.epochs, standing.samples
        self.loss_, self.loss_curve_ = done.loss, list(standing.curve)
        self.best_loss_ = None if self.early_stopping else standing.best_loss
        self._no_improvement_count = standing.no_improvement
        scored = bool(standing.scores)
        self.validation_scores_ = list(standing.scores) if scored else None
        self.best_validation_score_ = standing.best_score if scored and self.early_stopping else None
        self.validation_loss_curve_ = list(standing.validation_curve) or None

    def _keep_parameters(self, theta: Parameters) -> None:
        self.coefs_ = [W.T for W in theta.W[1:]]
        self.intercepts_ = [b.reshape(-1) for b in theta.b[1:]]
        self._kept = theta, tuple(self.coefs_), tuple(self.intercepts_)

    def _theta(self, net: Network | None = None, dtype: Any = None) -> Parameters:
        # coefs_ and intercepts_ are views of the parameters, unless somebody has put other arrays in their place
        kept = self.__dict__.get("_kept")
        if kept is None or not (_same(self.coefs_, kept[1]) and _same(self.intercepts_, kept[2])):
            self._keep_parameters(
                Parameters([np.asarray(W).T for W in self.coefs_], [np.reshape(b, (-1, 1)) for b in self.intercepts_])
            )
            kept = self._kept
        theta: Parameters = kept[0]
        if net is not None and theta.sizes != net.sizes:
            raise ParameterError(
                f"{type(self).__name__}: to go on from earlier weights, the layers must stay {theta.sizes}. "
                f"Got {net.sizes}: use warm_start=False."
            )
        return theta if dtype is None or theta.dtype == dtype else theta.astype(dtype)

    def __getstate__(self) -> dict[str, Any]:
        state: dict[str, Any] = dict(super().__getstate__())
        state.pop("_kept", None)  # whose views would not be views any more
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if "coefs_" in self.__dict__:
            self._theta()

    # a file

    def to_state(self) -> tuple[dict[str, Any], dict[str, Array]]:
        """Return what `layerwise.save` writes: what was learnt, without what the optimizer remembers.

        Raises
        ------
        NotFittedError, ParameterError
            Before fit; or if a parameter is one that fit would refuse.

        Warns
        -----
        ModelFileNotice
            If a parameter is a function, a callback or another object, which no file keeps.
        """
        check_is_fitted(self, "coefs_")
        from layerwise.estimators.mlp.saving import plain_of  # which knows the classifier and the regressor

        return plain_of(self).to_state()

    # what a fitted network tells

    def _outputs(self, X: Any) -> Array:
        """Return Y_hat, (m, n_y)."""
        if "coefs_" not in self.__dict__:
            check_is_fitted(self, "coefs_")
        theta = self._theta()
        if self._is_plain(X, theta):
            try:
                return predict(self._network, theta, X.T, threads=self.n_threads).T
            except ValueError:  # a number is not finite: `_checked` says where
                pass
        return self._outputs_of_checked(theta, self._checked(X, theta))

    def _is_plain(self, X: Any, theta: Parameters) -> bool:
        # nothing to convert: the short way for one row after the other
        return (
            type(X) is np.ndarray
            and X.ndim == 2
            and X.dtype == theta.dtype
            and X.shape[1] == theta.sizes[0]
            and len(X) > 0
            and X.flags.c_contiguous
            and "feature_names_in_" not in self.__dict__
        )

    def _checked(self, X: Any, theta: Parameters) -> Any:
        return validated(self, X, reset=False, dtype=theta.dtype)

    def _outputs_of_checked(self, theta: Parameters, X: Any) -> Array:
        blocks = [predict(self._network, theta, block.T, threads=self.n_threads).T for block in dense_blocks(X)]
        return blocks[0] if len(blocks) == 1 else np.concatenate(blocks)

    def transform(self, X: Any, layer: int = -1) -> Array:
        """Return the activations of a hidden layer.

        Parameters
        ----------
        X : (m, n_x) array
        layer : int
            Counted from 0 as `coefs_` is; -1 is the last hidden layer.

        Returns
        -------
        (m, units) array
        """
        check_is_fitted(self, "coefs_")
        theta = self._theta()
        return hidden_activations(
            type(self).__name__, self._network, theta, dense_blocks(self._checked(X, theta)), layer
        )

    @property
    def _n_features_out(self) -> int:
        return int(self._network.sizes[-2])

    def input_gradient(self, X: Any) -> Array:
        """Return the derivative of every output by every input, row by row.

        Of a classifier the outputs are probabilities; where there is one output, that axis is left out.

        Returns
        -------
        (m, n_x) or (m, n_y, n_x) array
        """
        check_is_fitted(self, "coefs_")
        theta = self._theta()
        return output_gradients(self._network, theta, dense_blocks(self._checked(X, theta)))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


def _same(arrays: Sequence[Array], kept: Sequence[Array]) -> bool:
    return len(arrays) == len(kept) and all(a is b for a, b in zip(arrays, kept, strict=True))
