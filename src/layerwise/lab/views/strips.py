"""The equation strip: one step of the run in the lines of the course, in symbols and with its numbers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from layerwise.checks import Integers
from layerwise.equations.activations import activation
from layerwise.equations.losses import CANONICAL, loss
from layerwise.lab.moment import Moment
from layerwise.lab.views.lines import Constant, Part, Tensor, as_latex, line
from layerwise.lab.views.numbers import Json
from layerwise.lab.views.steps import Step, step
from layerwise.lab.views.updates import update_lines
from layerwise.network import Array, Network

__all__ = ["strip"]

FUNCTIONS = {
    "identity": "<Z>",
    "sigmoid": r"\sigma(<Z>)",
    "tanh": r"\tanh(<Z>)",
    "relu": r"\max(0, <Z>)",
    "leaky_relu": r"\max(<slope> <Z>, <Z>)",
    "elu": r"\mathrm{ELU}(<Z>)",
    "selu": r"\mathrm{SELU}(<Z>)",
    "gelu": r"\mathrm{GELU}(<Z>)",
    "silu": r"\mathrm{SiLU}(<Z>)",
    "mish": r"\mathrm{Mish}(<Z>)",
    "softplus": r"\log(1 + \exp(<Z>))",
    "exp": r"\exp(<Z>)",
    "softmax": r"\mathrm{softmax}(<Z>)",
}

LOSSES = {
    "binary_cross_entropy": r"-(<Y> \log <A> + (1 - <Y>) \log(1 - <A>))",
    "categorical_cross_entropy": r"-\sum_k <Y> \log <A>",
    "squared_error": r"\frac{1}{2} \sum_k (<A> - <Y>)^2",
    "absolute_error": r"\sum_k \lvert <A> - <Y> \rvert",
    "huber": r"\sum_k \mathrm{Huber}(<A> - <Y>)",
    "poisson": r"\sum_k (<A> - <Y> \log <A>)",
    "quantile": r"\sum_k \max(<q> (<Y> - <A>), (<q> - 1) (<Y> - <A>))",
}

SLOPES = {
    "binary_cross_entropy": r"-\, <Y> / <A> + (1 - <Y>) / (1 - <A>)",
    "categorical_cross_entropy": r"-\, <Y> / <A>",
    "squared_error": "<A> - <Y>",
    "absolute_error": r"\mathrm{sign}(<A> - <Y>)",
    "huber": r"\mathrm{clip}(<A> - <Y>, -<delta>, <delta>)",
    "poisson": "1 - <Y> / <A>",
    "quantile": r"1\{<A> > <Y>\} - <q>",
}


def strip(moment: Moment, batch: int, example: int) -> Json:
    """Return `Strip` of the page's protocol: the step that the run takes with a mini-batch of its next epoch.

    Parameters
    ----------
    moment : Moment
    batch : int
        Mini-batch 0 starts from the moment's parameters, the others from those after the mini-batches before them.
    example : int
        Its place in the mini-batch; lines with a column for each example show its own.

    Raises
    ------
    ParameterError
        If there is no such mini-batch or example, or the optimizer takes no steps that could be shown.
    """
    taken = step(moment, batch)
    i = Integers(0, len(taken.rows) - 1).check("the lab", "example", example)
    lines = _Lines(moment.net, taken, i)
    return {
        "epoch": moment.epoch,
        "batch": taken.batch,
        "batches": taken.batches,
        "rows": taken.rows.tolist(),
        "example": i,
        "lines": [*lines.forward(), *lines.loss(), *lines.backward(), *lines.gradient(), *update_lines(taken)],
    }


class _Lines:
    def __init__(self, net: Network, taken: Step, example: int) -> None:
        self.net, self.step, self.example = net, taken, example
        self.m = "m" if taken.batches == 1 else "m_b"  # of a mini-batch; m is that of all training examples
        of_loss = loss(net.loss_choice)
        with np.errstate(all="ignore"):
            losses = of_loss.value(taken.run.Z[-1], taken.run.A[-1], taken.Y)
        self.losses = losses.sum(axis=0, keepdims=True)

    def forward(self) -> Iterator[Json]:
        for l in range(1, self.net.L + 1):
            parts = self._columns(l)
            yield line("forward", l, "<Z> = <W> <A_before> + <b>", parts)
            dropped = " * <D>" if l in self.step.masks else ""
            yield line("forward", l, f"<A> = {FUNCTIONS[self.net.g[l].name]}{dropped}", parts)

    def loss(self) -> Iterator[Json]:
        name, taken, m = self.net.loss_choice.name, self.step, self.m
        parts = self._columns(self.net.L)
        template = LOSSES[name] if len(taken.Y) > 1 else LOSSES[name].replace(r"\sum_k ", "")
        yield line("loss", None, f"<loss> = {template}", parts)
        k = len(taken.rows)
        cost: dict[str, Part] = {
            "J": Tensor("J", "J", np.array([[taken.J]])),
            "losses": Tensor("loss", r"\mathcal{L}^{(i)}", self.losses),
            "mean": Constant(rf"\frac{{1}}{{{m}}} \sum_{{i=1}}^{{{m}}}", rf"\frac{{1}}{{{k}}} \sum_{{i=1}}^{{{k}}}"),
        }
        if taken.l2:
            penalty = taken.penalty / (2 * k) * float(taken.theta.weights @ taken.theta.weights)
            symbol = r"\frac{\lambda}{2m} \sum_l \lVert W^{[l]} \rVert_F^2"
            cost["L2"] = Tensor("L2", symbol, np.array([[penalty]]))
        yield line("loss", None, f"<J> = <mean> <losses>{' + <L2>' if taken.l2 else ''}", cost)

    def backward(self) -> Iterator[Json]:
        net = self.net
        for l in range(net.L, 0, -1):
            parts = self._columns(l)
            if l == net.L:
                yield line("backward", l, f"<dA> = {SLOPES[net.loss_choice.name]}", parts)
            else:
                yield line("backward", l, r"<dA> = <W_after>{}^{\top} <dZ_after>", parts)
            yield line("backward", l, f"<dZ> = {self._through(l)}", parts)

    def _through(self, l: int) -> str:
        net = self.net
        if l == net.L and (net.g[l].name, net.loss_choice.name) in CANONICAL:
            return "<A> - <Y>"
        if net.g[l].name == "softmax":
            return r"<A> * (<dA> - \sum_k a_k \, da_k)"
        return "<dA> * <D> * <g_prime>" if l in self.step.masks else "<dA> * <g_prime>"

    def gradient(self) -> Iterator[Json]:
        taken, m = self.step, self.m
        k = len(taken.rows)
        for l in range(1, self.net.L + 1):
            parts: dict[str, Part] = {
                "W": self._whole("W", l, taken.theta.W),
                "dW": self._whole("dW", l, taken.grad.dW),
                "db": self._whole("db", l, taken.grad.db),
                "dZ": self._whole("dZ", l, taken.grad.dZ),
                "A_before": self._whole("A", l - 1, taken.run.A),
                "mean": Constant(rf"\frac{{1}}{{{m}}}", rf"\frac{{1}}{{{k}}}"),
                "sum": Constant(rf"\sum_{{i=1}}^{{{m}}}", rf"\sum_{{i=1}}^{{{k}}}"),
                "decay": Constant(r"\frac{\lambda}{m}", rf"\frac{{{as_latex(taken.l2)}}}{{{taken.m}}}"),
            }
            penalty = " + <decay> <W>" if taken.l2 else ""
            yield line("gradient", l, rf"<dW> = <mean> <dZ> <A_before>{{}}^{{\top}}{penalty}", parts)
            yield line("gradient", l, "<db> = <mean> <sum> <dZ>", parts)

    def _columns(self, l: int) -> dict[str, Part]:
        """Return what the lines of layer l are made of, of one example where there is a column for each."""
        taken, net = self.step, self.net
        run, grad = taken.run, taken.grad
        parts: dict[str, Part] = {
            "W": self._whole("W", l, taken.theta.W),
            "b": self._whole("b", l, taken.theta.b),
            "Z": self._column("Z", l, run.Z[l]),
            "A": self._column("A", l, run.A[l]),
            "A_before": self._column("A", l - 1, run.A[l - 1]),
            "dA": self._column("dA", l, grad.dA[l]),
            "dZ": self._column("dZ", l, grad.dZ[l]),
        }
        if l in taken.masks:
            parts["D"] = self._column("D", l, taken.masks[l])
        if l < net.L:
            parts["W_after"] = self._whole("W", l + 1, taken.theta.W)
            parts["dZ_after"] = self._column("dZ", l + 1, grad.dZ[l + 1])
        else:
            parts["Y"] = Tensor("Y", "Y", taken.Y, self.example, "y^{(i)}")
            parts["loss"] = Tensor("loss", r"\mathcal{L}^{(i)}", self.losses, self.example)
        g = activation(net.g[l])
        if g.product is None:
            with np.errstate(all="ignore"):
                slope = g.derivative(run.Z[l], g.value(run.Z[l]))
            of_one = rf"g^{{[{l}]\prime}}(z^{{[{l}](i)}})"
            parts["g_prime"] = Tensor(f"g'[{l}]", rf"g^{{[{l}]\prime}}(Z^{{[{l}]}})", slope, self.example, of_one)
        settings = dict(net.g[l].settings) | (dict(net.loss_choice.settings) if l == net.L else {})
        return parts | {name: Constant(as_latex(value), as_latex(value)) for name, value in settings.items()}

    def _column(self, letter: str, l: int, array: Array) -> Tensor:
        of_example = f"{letter.lower()}^{{[{l}](i)}}"
        return Tensor(f"{letter}[{l}]", f"{letter}^{{[{l}]}}", array, self.example, of_example)

    def _whole(self, letter: str, l: int, arrays: list[Array]) -> Tensor:
        return Tensor(f"{letter}[{l}]", f"{letter}^{{[{l}]}}", arrays[l])
