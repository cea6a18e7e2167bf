"""The numbers on the page are the library's, to the digits shown: on random networks, and where a run diverges."""

from dataclasses import dataclass

import numpy as np
import pytest
from driving import number, shown
from playwright.sync_api import expect

import layerwise as lw
from layerwise.lab.examples import dataset_of
from layerwise.lab.settings import RULES, checked

pytestmark = [
    pytest.mark.filterwarnings("ignore::layerwise.errors.NetworkWarning"),  # linear hidden layers are among them
    pytest.mark.slow,
    pytest.mark.xdist_group("browser lessons"),
]

OUTPUTS = {"binary": "sigmoid", "classes": "softmax", "regression": "identity"}
PRESETS = ("flower", "moons", "circles", "spiral", "xor", "parity", "waves", "digits", "breast_cancer")
NETWORKS, PARTS = 50, 5


def random_settings(seed):
    """Return settings of a small random network on one of the ready examples."""
    draw = np.random.default_rng(seed)
    one = lambda *choices: choices[draw.integers(len(choices))]  # noqa: E731
    hidden = [int(units) for units in draw.integers(1, 13, draw.integers(0, 4))]
    return {
        "preset": PRESETS[seed % len(PRESETS)],
        "examples": int(draw.integers(8, 60)),
        "noise": round(float(draw.uniform(0, 0.3)), 3),
        "data_seed": int(draw.integers(0, 1000)),
        "validation": one(0, 0.2),
        "hidden": hidden,
        "activations": [one(*RULES["activations"].choices) for _ in hidden],
        "initialization": one("he", "glorot", "lecun"),
        "l2": one(0, 0.1),
        "optimizer": one("gradient_descent", "momentum", "adam"),
        "learning_rate": one(0.001, 0.01, 0.1),
        "epochs": int(draw.integers(1, 6)),
        "seed": int(draw.integers(0, 10_000)),
        "engine": one(*RULES["engine"].choices),
        "dtype": one("float32", "float64"),
    }


def by_the_library(settings):
    """Return every number of the step after the run by its reference, and the costs, from the library alone."""
    chosen = checked(settings)
    data = dataset_of(chosen)
    net = lw.Network((len(data.X), *chosen.hidden, len(data.Y)), (*chosen.activations, OUTPUTS[data.task]))
    trained = lw.train(
        net,
        data.X,
        data.Y,
        initial=lw.initialize(net, chosen.seed, chosen.initialization).astype(chosen.dtype),
        validation=data.validation,
        **{
            name: getattr(chosen, name)
            for name in ("learning_rate", "epochs", "optimizer", "seed", "l2", "engine", "dtype")
        },
    )
    theta = trained.parameters
    run = lw.equations.forward(net, theta, data.X)
    grad = lw.equations.backward(net, theta, run, data.Y, l2=chosen.l2)
    tensors = {"W": theta.W, "b": theta.b, "Z": run.Z, "A": run.A, "dZ": grad.dZ, "dW": grad.dW, "db": grad.db}
    numbers = {
        f"{letter}[{l}]:{i},{j}": float(value)
        for letter, layers in tensors.items()
        for l in range(1, net.L + 1)
        for (i, j), value in np.ndenumerate(layers[l])
    }
    return numbers, lw.equations.cost(net, theta, run, data.Y, l2=chosen.l2), net


@dataclass(frozen=True)
class Compared:
    """How far a number on the page may be from the library's: half of its last digit, and the rounding of its type."""

    rounding: float

    def objection(self, name, text, right):
        off = abs(number(text) - right)
        return None if off <= shown(text) / 2 + self.rounding * max(1.0, abs(right)) else f"{name}: {text}, not {right}"

    def objections(self, seen, numbers, letters):
        known = {name: text for name, text in seen.items() if name in numbers}
        assert {name.partition("[")[0] for name in known} >= letters
        return [self.objection(name, text, numbers[name]) for name, text in known.items()]


def of_the_strip(lab):
    seen = {}
    for phase in ("forward", "backward", "gradient"):
        lab.find(f"#strip-{phase}").press("Enter")
        expect(lab.find(f"#strip-{phase}")).to_have_attribute("aria-selected", "true")
        seen |= lab.tensors("#strip")
    return seen


def of_the_layers(lab, L):
    seen = {}
    for l in range(1, L + 1):
        lab.find("#drawing button.layer-name").nth(l - 1).press("Enter")
        expect(lab.find(f".opened-dialog [data-ref='dW[{l}]:0,0']")).to_be_visible()
        seen |= lab.tensors(".opened-dialog")
    lab.find(".opened-dialog").press("Escape")
    return seen


@pytest.mark.parametrize("part", range(PARTS))
def test_random_networks_have_the_librarys_numbers(lab, watched, part):
    for seed in range(part, NETWORKS, PARTS):
        settings = random_settings(seed)
        numbers, cost, net = by_the_library(settings)
        compared = Compared(1e-12 if settings["dtype"] == "float64" else 2e-6)
        if seed < PARTS:
            lab.open(**settings)
        else:
            lab.go(**settings)
        expect(lab.find(".net-shape")).to_contain_text(" → ".join(map(str, net.sizes)))
        initial = lab.find("#strip [data-ref='b[1]:0,0']").first.get_attribute("title")
        lab.train()
        found = [compared.objection("cost", lab.facts()["cost"].removeprefix("cost "), cost)]
        expect(lab.find("#strip [data-ref='b[1]:0,0']").first).not_to_have_attribute("title", initial)
        found += compared.objections(of_the_strip(lab), numbers, {"W", "b", "Z", "A", "dZ", "dW"})
        found += compared.objections(of_the_layers(lab, net.L), numbers, {"W", "b", "Z", "A", "dZ", "dW", "db"})
        assert list(filter(None, found)) == [], settings
    watched.forgive("/strip?")  # of the last epoch of a run whose settings have just changed


def finite(lab):
    """Look at all that is written, for screen readers too, and hold against it that it is no number."""
    labels = lab.find("[aria-label], [title]").evaluate_all(
        "all => all.map(one => `${one.getAttribute('aria-label')} ${one.getAttribute('title')}`)"
    )
    shown = "\n".join([lab.text(), *labels])
    assert not [word for word in ("NaN", "Infinity", "undefined") if word in shown]


def test_a_diverged_run_shows_the_diagnosis_and_the_last_good_state(lab):
    lab.open(preset="waves", learning_rate=1e6, epochs=200)
    lab.train("diverged")
    said = lab.find("#diagnoses .divergence")
    expect(said).to_be_visible()
    expect(lab.find("#timeline .divergence")).to_contain_text("The page shows the last good state, epoch")
    good = lab.epoch()
    expect(lab.find("#timeline .divergence")).to_contain_text(f"epoch {good}.")
    expect(lab.find(".flag.of-diverged")).to_be_visible()
    finite(lab)
    for phase in ("loss", "backward", "gradient", "update"):
        lab.find(f"#strip-{phase}").press("Enter")
        finite(lab)
    for of in ("button.layer-name", "[data-unit='1:0']"):
        lab.find(f"#drawing {of}").first.press("Enter")
        expect(lab.find(".opened-body .muted, .opened-tensor").first).to_be_visible()
        finite(lab)
        lab.find(".opened-dialog").press("Escape")
    lab.slider.press("Home")
    finite(lab)
    said.get_by_role("button").click()
    expect(lab.find(".of-learning_rate input.number")).to_have_value("100000")


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_steps_that_are_far_too_long_are_diagnosed(lab, activation):
    lab.open(preset="flower", learning_rate=1e6, activations=[activation], epochs=100)
    lab.play.click()
    expect(lab.find("button.play:is([data-status=finished], [data-status=diverged])")).to_be_visible()
    expect(lab.find(".diagnosis, #diagnoses .divergence:not([hidden])").first).to_be_visible()
    finite(lab)
    lab.find("#strip-gradient").press("Enter")
    finite(lab)
