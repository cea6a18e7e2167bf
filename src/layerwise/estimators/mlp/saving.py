"""From a fitted multi-layer perceptron to what a file keeps of it, and back.

Kept is what was learnt: not what the optimizer remembers, so that another partial_fit goes on from the weights alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from layerwise import values
from layerwise.checks import SEED
from layerwise.estimators.labels import Labels
from layerwise.estimators.mlp.base import OUTPUT_NAMES, BaseMLP
from layerwise.estimators.mlp.classifier import MLPClassifier
from layerwise.estimators.mlp.monitor import Standing
from layerwise.estimators.mlp.regressor import MLPRegressor
from layerwise.estimators.mlp.settings import check_parameters
from layerwise.estimators.plain import PlainModel
from layerwise.estimators.saving import check_class, constructor_state, features_of, set_features, without_own_loss
from layerwise.training import History

__all__ = ["estimator_of", "plain_of"]

_CLASSES: Mapping[str, Any] = {each.kind: each for each in (MLPClassifier, MLPRegressor)}
_STANDING = ("seed", "no_improvement", "best_loss", "best_score", "recoveries")


def plain_of(estimator: Any) -> PlainModel:
    """Return what a fitted estimator has learnt.

    Raises
    ------
    ParameterError
        If a parameter is one that fit would refuse, or the class is not the library's own.
    """
    check_class(estimator, _CLASSES.values())
    check_parameters(estimator)
    standing = estimator._standing
    scores = estimator.validation_scores_
    history = History(
        list(estimator.loss_curve_),
        list(estimator.validation_loss_curve_ or ()),
        [],
        {} if scores is None else {"score": list(scores)},
    )
    facts = {name: getattr(standing, name) for name in _STANDING}
    facts |= {"n_iter": estimator.n_iter_, "t": estimator.t_, "loss": float(estimator.loss_)}
    facts |= {"of_best": [_float(estimator.best_loss_), _float(estimator.best_validation_score_)]}
    return PlainModel(
        estimator.kind,
        without_own_loss(estimator._network),
        estimator._theta(estimator._network),
        history,
        constructor_state(estimator, stacklevel=5),
        getattr(estimator, "_labels", None),
        features_of(estimator),
        facts,
    )


def estimator_of(plain: PlainModel) -> BaseMLP:
    """Return the fitted estimator."""
    estimator = _CLASSES[plain.kind](**plain.constructor)
    check_parameters(estimator)
    facts, history, net = plain.facts, plain.history, plain.network
    scores = history.metrics.get("score")
    if plain.classes is not None:
        estimator._labels = Labels(plain.classes.classes, plain.classes.kind)
        estimator.classes_ = plain.classes.classes
    else:
        estimator._learn_targets(None, True, False, None)
    set_features(estimator, net.n_x, plain.feature_names)
    estimator._network = net
    estimator._keep_parameters(plain.parameters)
    estimator.n_layers_, estimator.n_outputs_ = net.L + 1, net.sizes[-1]
    estimator.out_activation_ = OUTPUT_NAMES.get(net.g[-1].name, net.g[-1].name)
    estimator.n_iter_, estimator.t_ = values.count(facts["n_iter"]), values.count(facts["t"])
    estimator.loss_, estimator.loss_curve_ = values.number(facts["loss"]), list(history.cost)
    estimator.best_loss_, estimator.best_validation_score_ = (
        None if best is None else values.number(best) for best in facts["of_best"]
    )
    estimator.validation_scores_ = None if scores is None else list(scores)
    estimator.validation_loss_curve_ = list(history.validation_cost) or None
    estimator._standing = _standing(facts, history, estimator.t_)
    estimator._no_improvement_count = estimator._standing.no_improvement
    return estimator


def _standing(facts: Mapping[str, Any], history: History, samples: int) -> Standing:
    return Standing(
        SEED.check("load", "seed", facts["seed"]),
        no_improvement=values.count(facts["no_improvement"]),
        best_loss=values.number(facts["best_loss"]),
        best_score=values.number(facts["best_score"]),
        samples=samples,
        curve=list(history.cost),
        scores=list(history.metrics.get("score", ())),
        validation_curve=list(history.validation_cost),
        recoveries=values.count(facts["recoveries"], most=100),
    )


def _float(value: Any) -> float | None:
    return None if value is None else float(value)
