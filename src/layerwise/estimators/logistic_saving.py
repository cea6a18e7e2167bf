"""From a fitted logistic regression to what a file keeps of it, and back."""

from __future__ import annotations

from typing import Any

import numpy as np

from layerwise import values
from layerwise.estimators.labels import Labels
from layerwise.estimators.logistic import LogisticRegression
from layerwise.estimators.plain import PlainModel
from layerwise.estimators.saving import check_class, constructor_state, features_of, set_features
from layerwise.network import Network, Parameters
from layerwise.training import History

__all__ = ["estimator_of", "plain_of"]


def plain_of(model: Any) -> PlainModel:
    """Return what a fitted estimator has learnt.

    Raises
    ------
    ParameterError
        If a parameter is one that fit would refuse, or the class is not the library's own.
    """
    check_class(model, (LogisticRegression,))
    model._check_parameters()
    n_y, n = model.coef_.shape
    return PlainModel(
        model.kind,
        Network((n, n_y), (model._labels.output,)),
        Parameters([model.coef_], [model.intercept_.reshape(-1, 1)]),
        History([float(J) for J in model.loss_curve_]),
        constructor_state(model, stacklevel=5),
        model._labels,
        features_of(model),
        {"n_iter": model.n_iter_.tolist(), "loss": float(model.loss_)},
    )


def estimator_of(plain: PlainModel) -> LogisticRegression:
    """Return the fitted estimator."""
    assert plain.classes is not None  # noqa: S101 - a logistic regression has classes: for the type checker
    model = LogisticRegression(**plain.constructor)
    model._check_parameters()
    model._labels = Labels(plain.classes.classes, plain.classes.kind)
    model.classes_ = plain.classes.classes
    set_features(model, plain.network.n_x, plain.feature_names)
    model.coef_, model.intercept_ = plain.parameters.W[1], plain.parameters.b[1].reshape(-1)
    model.n_iter_ = np.array([values.count(n, most=2**31 - 1) for n in plain.facts["n_iter"]], np.int32)
    model.loss_, model.loss_curve_ = values.number(plain.facts["loss"]), list(plain.history.cost)
    return model
