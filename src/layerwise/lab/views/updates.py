"""The lines of an update: what the optimizer remembers, and how the parameters move."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from layerwise.equations.optimizers import Adam, AdamW, GradientDescent, Momentum, Nesterov, RMSprop
from layerwise.lab.views.lines import Constant, Part, Tensor, as_latex, line
from layerwise.lab.views.numbers import Json
from layerwise.lab.views.steps import Step
from layerwise.network import Array, Parameters

__all__ = ["update_lines"]

_ADAM = (
    r"<m> = <beta1> <m_old> + (1 - <beta1>) <g>",
    r"<v> = <beta2> <v_old> + (1 - <beta2>) <g>{}^2",
    r"<m_hat> = <m> / (1 - <beta1_t>)",
    r"<v_hat> = <v> / (1 - <beta2_t>)",
    r"<next> := <theta> - <alpha> \, <m_hat> / (<v_hat>{}^{1/2} + <epsilon>)",
)

_RULES: Mapping[type, tuple[str, ...]] = {
    GradientDescent: ("<next> := <theta> - <alpha> <g>",),
    Momentum: ("<v> = <beta> <v_old> + <g>", "<next> := <theta> - <alpha> <v>"),
    Nesterov: ("<v> = <beta> <v_old> + <g>", "<next> := <theta> - <alpha> (<g> + <beta> <v>)"),
    RMSprop: (
        "<s> = <rho> <s_old> + (1 - <rho>) <g>{}^2",
        r"<next> := <theta> - <alpha> \, <g> / (<s>{}^{1/2} + <epsilon>)",
    ),
    Adam: _ADAM,
    AdamW: _ADAM,
}
"""The lines of each rule; the last one moves the parameters."""

_SYMBOLS = {"beta": r"\beta", "beta1": r"\beta_1", "beta2": r"\beta_2", "rho": r"\rho", "epsilon": r"\epsilon"}


def update_lines(taken: Step) -> Iterator[Json]:
    """Yield the lines of the update, first of W[l] and then of b[l], layer by layer."""
    for l in range(1, len(taken.theta.W)):
        for letter in "Wb":
            parts = _parts(taken, letter, l)
            *remembered, moved = _RULES[type(taken.rule)]
            if letter == "W" and taken.rule.weight_decay:
                moved += r" - <alpha> \cdot <lambda> <theta>"
            for template in (*remembered, moved):
                yield line("update", l, template, parts)


def _parts(taken: Step, letter: str, l: int) -> dict[str, Part]:
    name, symbol, rule = f"{letter}[{l}]", f"{letter}^{{[{l}]}}", taken.rule

    def of_layer(vector: Array) -> Array:
        laid = Parameters.from_vector(taken.theta.layout, vector)
        part: Array = getattr(laid, letter)[l]
        return part

    parts: dict[str, Part] = {
        "theta": Tensor(name, symbol, of_layer(taken.theta.vector)),
        "next": Tensor(f"{name}'", symbol, of_layer(taken.after.vector)),
        "g": Tensor(f"d{name}", f"d{symbol}", of_layer(taken.grad.vector)),
        "alpha": Constant(r"\alpha", as_latex(taken.learning_rate)),
        "lambda": Constant(r"\lambda", as_latex(rule.weight_decay)),
    }
    settings: dict[str, Any] = vars(rule)
    for setting in _SYMBOLS.keys() & settings:
        spelled = as_latex(settings[setting])
        parts[setting] = Constant(_SYMBOLS[setting], spelled)
        parts[f"{setting}_t"] = Constant(f"{_SYMBOLS[setting]}^t", f"{spelled}^{{{taken.state.t}}}")
    for slot, values in taken.state.slots.items():
        of_slot, spelled = f"{slot} of d{name}", f"{slot}_{{d{symbol}}}"
        parts[slot] = Tensor(f"{of_slot}'", spelled, of_layer(values))
        parts[f"{slot}_old"] = Tensor(of_slot, spelled, of_layer(taken.before.slots[slot]))
        rate = settings.get("beta1" if slot == "m" else "beta2")
        if rate is not None:
            corrected = of_layer(values / (1 - rate**taken.state.t))
            parts[f"{slot}_hat"] = Tensor(f"{slot}_hat of d{name}'", rf"\hat{{{slot}}}_{{d{symbol}}}", corrected)
    return parts
