r"""Update rules: how the parameters move along the gradient.

Every rule has the form

.. math::
    \theta \leftarrow \theta - \alpha \, (\delta + \lambda W)

with the learning rate α (`learning_rate`), the rule's own direction δ, and the decoupled weight decay λ
(`weight_decay`), which acts on the weights W and not on the biases or the tables of embeddings (Loshchilov and
Hutter 2019, arXiv:1711.05101). The letters are those of the papers; t counts the steps from 1. L-BFGS, which needs more
than one evaluation a step, is in `layerwise.equations.lbfgs`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import ClassVar, NamedTuple

import numpy as np

from layerwise.checks import BELOW_ONE, NON_NEGATIVE, POSITIVE
from layerwise.equations.lbfgs import LBFGS
from layerwise.equations.passes import Gradients
from layerwise.errors import ShapeError
from layerwise.network import Array, Parameters

__all__ = [
    "LBFGS",
    "OPTIMIZERS",
    "Adam",
    "AdamW",
    "GradientDescent",
    "Momentum",
    "Nesterov",
    "RMSprop",
    "State",
    "UpdateRule",
]

_RANGES = {
    "learning_rate": POSITIVE,
    "epsilon": POSITIVE,
    "weight_decay": NON_NEGATIVE,
    **dict.fromkeys(("beta", "beta1", "beta2", "rho"), BELOW_ONE),
}


class State(NamedTuple):
    """What a rule remembers between steps: how many there were, and its running averages by letter."""

    t: int
    slots: Mapping[str, Array]


@dataclass(frozen=True)
class UpdateRule:
    """What the rules share; a rule adds its letters in ``slots`` and its equation in ``direction``."""

    learning_rate: float
    weight_decay: float = field(default=0.0, kw_only=True)
    slots: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        for entry in fields(self):
            value = _RANGES[entry.name].check(type(self).__name__, entry.name, getattr(self, entry.name))
            object.__setattr__(self, entry.name, value)

    def direction(self, g: Array, slots: Mapping[str, Array], t: int) -> tuple[Array, dict[str, Array]]:
        """Return δ and the new running averages, from the gradient g in step t.

        An engine writes its next gradient into g: a rule that remembers it keeps a copy.
        """
        raise NotImplementedError

    def step(
        self,
        theta: Parameters,
        grad: Gradients,
        state: State | None = None,
        *,
        learning_rate: float | None = None,
        weight_decay: float | None = None,
    ) -> tuple[Parameters, State]:
        """Return new parameters and the new state; the old ones stay as they are.

        Parameters
        ----------
        theta : Parameters
        grad : Gradients
            The derivatives at `theta`.
        state : State, optional
            What the last step returned; None before the first one.
        learning_rate, weight_decay : float, optional
            In place of the rule's own, for schedules.

        Returns
        -------
        (Parameters, State)

        Raises
        ------
        ShapeError
            If the derivatives are those of another network.
        """
        if not isinstance(grad, Gradients) or grad.layout != theta.layout:
            raise ShapeError(
                f"{type(self).__name__}.step: grad must be Gradients with the sizes of theta, {theta.layout}. "
                f"Got {getattr(grad, 'layout', type(grad).__name__)}."
            )
        if state is None:
            state = State(0, {letter: np.zeros_like(theta.vector) for letter in self.slots})
        alpha = self.learning_rate if learning_rate is None else learning_rate
        delta, slots = self.direction(grad.vector, state.slots, state.t + 1)
        moved = theta.vector - alpha * delta
        decay = self.weight_decay if weight_decay is None else weight_decay
        if decay:
            moved[: theta.n_weights] -= alpha * decay * theta.weights
        return Parameters.from_vector(theta.layout, moved), State(state.t + 1, slots)


@dataclass(frozen=True)
class GradientDescent(UpdateRule):
    """θ ← θ − α g (notes 2.4).

    Parameters
    ----------
    learning_rate : float
        α.
    weight_decay : float
        λ of the decoupled decay, 0 by default in every rule but AdamW.

    Examples
    --------
    >>> theta, grad = Parameters(W=[[[1.0]]], b=[[[0.0]]]), Gradients(dW=[[[2.0]]], db=[[[1.0]]])
    >>> GradientDescent(0.1).step(theta, grad)[0].vector
    array([ 0.8, -0.1])
    """

    learning_rate: float = 0.1

    def direction(self, g: Array, slots: Mapping[str, Array], t: int) -> tuple[Array, dict[str, Array]]:
        """Return δ = g."""
        return g, {}


@dataclass(frozen=True)
class Momentum(UpdateRule):
    """v ← β v + g, θ ← θ − α v: the heavy ball, as in torch and scikit-learn.

    The course's averaged form v ← β v + (1 − β) g is the same path with the learning rate α / (1 − β) in
    place of α: its v is (1 − β) times this one. So course α becomes ``Momentum(alpha * (1 - beta), beta)``.

    Parameters
    ----------
    learning_rate : float
        α.
    beta : float
        β, in [0, 1).

    References
    ----------
    Polyak 1964, doi:10.1016/0041-5553(64)90137-5.
    """

    learning_rate: float = 0.01
    beta: float = 0.9
    slots: ClassVar[tuple[str, ...]] = ("v",)

    def direction(self, g: Array, slots: Mapping[str, Array], t: int) -> tuple[Array, dict[str, Array]]:
        """Return δ = v, with v ← β v + g."""
        v = self.beta * slots["v"] + g
        return v, {"v": v}


@dataclass(frozen=True)
class Nesterov(UpdateRule):
    """v ← β v + g, θ ← θ − α (g + β v): momentum with a look ahead, as in torch.

    The gradient is taken at θ, which is the change of variables of Bengio et al. 2013; Nesterov and Sutskever et
    al. take it at θ + β v.

    Parameters
    ----------
    learning_rate : float
        α.
    beta : float
        β, in [0, 1).

    References
    ----------
    Nesterov 1983; Sutskever, Martens, Dahl and Hinton 2013, ICML; Bengio, Boulanger-Lewandowski and Pascanu
    2013, arXiv:1212.0901, section 3.5.
    """

    learning_rate: float = 0.01
    beta: float = 0.9
    slots: ClassVar[tuple[str, ...]] = ("v",)

    def direction(self, g: Array, slots: Mapping[str, Array], t: int) -> tuple[Array, dict[str, Array]]:
        """Return δ = g + β v, with v ← β v + g."""
        v = self.beta * slots["v"] + g
        return g + self.beta * v, {"v": v}


@dataclass(frozen=True)
class RMSprop(UpdateRule):
    """s ← ρ s + (1 − ρ) g², θ ← θ − α g / (√s + ε); ε outside the root, as in torch.

    Parameters
    ----------
    learning_rate : float
        α.
    rho : float
        ρ, in [0, 1).
    epsilon : float
        ε.

    References
    ----------
    Tieleman and Hinton 2012, "Neural networks for machine learning", lecture 6.5.
    """

    learning_rate: float = 0.001
    rho: float = 0.9
    epsilon: float = 1e-8
    slots: ClassVar[tuple[str, ...]] = ("s",)

    def direction(self, g: Array, slots: Mapping[str, Array], t: int) -> tuple[Array, dict[str, Array]]:
        """Return δ = g / (√s + ε), with s ← ρ s + (1 − ρ) g²."""
        s = self.rho * slots["s"] + (1 - self.rho) * (g * g)
        return g / (np.sqrt(s) + self.epsilon), {"s": s}


@dataclass(frozen=True)
class Adam(UpdateRule):
    r"""Momentum and RMSprop with their start corrected.

    .. math::
        m &\leftarrow \beta_1 m + (1 - \beta_1) g, & \hat{m} &= m / (1 - \beta_1^t) \\
        v &\leftarrow \beta_2 v + (1 - \beta_2) g^2, & \hat{v} &= v / (1 - \beta_2^t) \\
        \theta &\leftarrow \theta - \alpha \, \hat{m} / (\sqrt{\hat{v}} + \epsilon)

    Parameters
    ----------
    learning_rate : float
        α.
    beta1, beta2 : float
        β₁ and β₂, in [0, 1).
    epsilon : float
        ε, outside the root, as in the paper's algorithm 1.

    References
    ----------
    Kingma and Ba 2015, arXiv:1412.6980.
    """

    learning_rate: float = 0.001
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    slots: ClassVar[tuple[str, ...]] = ("m", "v")

    def direction(self, g: Array, slots: Mapping[str, Array], t: int) -> tuple[Array, dict[str, Array]]:
        """Return δ = m_hat / (√v_hat + ε)."""
        return _adam(self, g, slots, t)


def _adam(rule: Adam | AdamW, g: Array, slots: Mapping[str, Array], t: int) -> tuple[Array, dict[str, Array]]:
    m = rule.beta1 * slots["m"] + (1 - rule.beta1) * g
    v = rule.beta2 * slots["v"] + (1 - rule.beta2) * (g * g)
    m_hat = m / (1 - rule.beta1**t)
    v_hat = v / (1 - rule.beta2**t)
    return m_hat / (np.sqrt(v_hat) + rule.epsilon), {"m": m, "v": v}


@dataclass(frozen=True)
class AdamW(UpdateRule):
    """Adam with a decoupled weight decay of 0.01 unless another is given: θ ← θ − α (m_hat / (√v_hat + ε) + λ W).

    Parameters
    ----------
    learning_rate, beta1, beta2, epsilon
        As for `Adam`.
    weight_decay : float
        λ. It is multiplied by the learning rate, and so follows the schedule, as in torch.

    References
    ----------
    Loshchilov and Hutter 2019, arXiv:1711.05101.
    """

    learning_rate: float = 0.001
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    weight_decay: float = field(default=0.01, kw_only=True)
    slots: ClassVar[tuple[str, ...]] = ("m", "v")

    def direction(self, g: Array, slots: Mapping[str, Array], t: int) -> tuple[Array, dict[str, Array]]:
        """Return Adam's δ = m_hat / (√v_hat + ε); the decay is added to it in `step`."""
        return _adam(self, g, slots, t)


OPTIMIZERS: Mapping[str, Callable[[], UpdateRule | LBFGS]] = {
    "gradient_descent": GradientDescent,
    "momentum": Momentum,
    "nesterov": Nesterov,
    "rmsprop": RMSprop,
    "adam": Adam,
    "adamw": AdamW,
    "lbfgs": LBFGS,
}
"""Every optimizer by the name that `layerwise.train` takes."""
