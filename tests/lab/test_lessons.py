"""The lessons: what their files hold, and every card carried out: goals are reached, and what a text says is so."""

from __future__ import annotations

import copy
import functools
import json
import math
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from layerwise.equations import forward
from layerwise.errors import DataError
from layerwise.lab.examples import dataset_of
from layerwise.lab.experiment import Experiment
from layerwise.lab.lessons import check_lesson, lessons
from layerwise.lab.settings import checked
from layerwise.lab.views import snapshot
from layerwise.testing import check_gradients

LESSONS = {lesson["id"]: lesson for lesson in lessons()}
CARDS = [(name, at) for name, lesson in LESSONS.items() for at in range(len(lesson["cards"]))]


@dataclass
class Seen:
    """What the page shows when a card is done."""

    experiment: Experiment
    other: Experiment | None
    initial: dict[str, Any]
    now: dict[str, Any]

    @property
    def cost(self) -> float:
        return self.now["cost"]

    @property
    def accuracy(self) -> float:
        return self.now["metrics"]["accuracy"]


class Walker:
    """Does what the page does: see lab-page/src/lessons/perform.ts."""

    def __init__(self, lesson):
        self.lesson, self.checked = lesson, False
        self.experiment = self.other = None

    def scene(self, at):
        return functools.reduce(dict.__or__, (card.get("settings", {}) for card in self.lesson["cards"][: at + 1]), {})

    def set(self, settings):
        settings = checked(settings)
        self.experiment, self.other, self.checked = Experiment("one", settings, dataset_of(settings)), None, False

    def act(self, actions):
        for action in actions:
            getattr(self, action["do"])(**{name: value for name, value in action.items() if name != "do"})

    def start(self, epochs=None, pace=None):
        for run in filter(None, (self.experiment, self.other)):
            run.start(epochs)
            finish(run)

    def epoch(self):
        self.experiment.epoch()
        finish(self.experiment)

    def compare(self, settings):
        settings = checked(self.experiment.settings.to_json() | settings)
        self.other = Experiment("two", settings, dataset_of(settings))

    def strip(self, phase, layer=None):
        assert layer is None or layer <= self.experiment.net.L

    def open_layer(self, layer):
        assert layer <= self.experiment.net.L

    def open_unit(self, layer, unit):
        assert layer <= self.experiment.net.L
        assert unit < self.experiment.net.n[layer]

    def check_gradients(self):
        moment = self.experiment.moment()
        theta = moment.theta.astype(np.float64)
        check_gradients(moment.net, theta, moment.data.X.astype(np.float64), moment.data.Y.astype(np.float64))
        self.checked = True

    def vectorization(self):
        """Needs no network."""

    def reached(self, until):
        standing, now = self.experiment.progress(), self.look(None)
        match until:
            case {"epoch": epoch}:
                return standing.epoch >= epoch
            case {"cost_below": cost}:
                return min(standing.curve.cost, default=math.inf) < cost
            case {"metric": name, "above": value}:
                return now["metrics"][name] > value
            case {"setting": name, "is": value}:
                return self.experiment.settings.to_json()[name] == value
            case {"diagnosis": code}:
                return code in codes(now)
            case {"status": status}:
                return standing.status == status
            case {"checked": True}:
                return self.checked
        raise AssertionError(until)

    def look(self, epoch):
        return snapshot(self.experiment.moment(epoch), {}, self.experiment.progress().divergence)


def finish(experiment):
    seen = 0
    while experiment.progress().status == "running":
        seen = experiment.wait(seen, 1.0)
    assert experiment.progress().status != "failed"


def codes(look):
    return {diagnosis["code"] for diagnosis in look["diagnoses"]}


@functools.cache
def walk(name):
    """Carry a lesson out from its first card to its last, with the solution of each goal that needs one."""
    walker, seen, settings = Walker(LESSONS[name]), [], {}
    for at, card in enumerate(walker.lesson["cards"]):
        if "settings" in card or walker.experiment is None:
            settings = walker.scene(at)
            walker.set(settings)
        walker.act(card.get("actions", []))
        until, solution = card.get("until"), card.get("solution")
        if solution is not None:
            assert not walker.reached(until), f"{name} {at}: the goal is reached before anything was done for it"
            settings = settings | solution.get("settings", {})
            walker.set(settings)
            walker.act(solution.get("actions", []))
        if until is not None:
            assert walker.reached(until), f"{name} {at}: {until}: {walker.look(None)['metrics']}"
        seen.append(Seen(walker.experiment, walker.other, walker.look(0), walker.look(None)))
    return seen


@pytest.mark.parametrize("name", LESSONS)
def test_every_goal_is_reached(name):
    assert len(walk(name)) == len(LESSONS[name]["cards"])


def cost_of(experiment):
    return snapshot(experiment.moment(), {})["cost"]


def initial_log_2(seen):
    assert seen.initial["cost"] == pytest.approx(math.log(2), abs=1e-6)


def still_log_2(seen):
    assert seen.cost == pytest.approx(math.log(2), abs=1e-3)


def guessing(seen):
    assert 0.4 < seen.accuracy < 0.6


def falls_fast_jumps_once_and_creeps(seen):
    cost = np.array(seen.experiment.progress().curve.cost)
    steps = np.diff(cost)
    rising = np.flatnonzero(steps > 0.001)
    assert rising.max() - rising.min() < 0.02 * cost.size  # one jump
    at = rising.min()
    assert at < 0.1 * cost.size
    assert cost[0] - cost[at] > 4 * (cost[at] - cost[-1])


def flat(moment):
    """Which part of the hidden layer's values stands at an end of tanh."""
    return (np.abs(forward(moment.net, moment.theta, moment.data.X).A[1]) > 0.99).mean()


def knows_nothing(seen):
    still_log_2(seen)
    moment = seen.experiment.moment()
    np.testing.assert_allclose(forward(moment.net, moment.theta, moment.data.X).Y_hat, 0.5, atol=1e-4)


def validation_curve(experiment):
    return np.array(experiment.progress().curve.validation_cost)


def points(experiment):
    return validation_curve(experiment).size


CLAIMS = {
    ("logistic_regression", 0): lambda seen: seen.experiment.data.X.shape == (2, 14) and seen.experiment.data.m == 14,
    ("logistic_regression", 3): initial_log_2,
    ("logistic_regression", 4): lambda seen: seen.accuracy == 12 / 14,  # but for the two among the others
    ("gradient_descent", 1): lambda seen: 0.65 < seen.cost < math.log(2),
    ("gradient_descent", 2): lambda seen: seen.experiment.settings.learning_rate == 1,
    ("gradient_descent", 3): lambda seen: (
        15 <= seen.experiment.progress().epoch <= 25 and np.isfinite(seen.experiment.moment().theta.vector).all()
    ),
    ("gradient_descent", 5): lambda seen: cost_of(seen.other) < seen.cost < 0.45,
    ("hidden_layer", 0): guessing,
    ("hidden_layer", 2): falls_fast_jumps_once_and_creeps,
    ("activations", 1): lambda seen: (
        cost_of(seen.other) < 0.35 and 0.64 < seen.cost < 0.66 and "sigmoid_hidden" in codes(seen.now)
    ),
    ("activations", 2): lambda seen: (
        "saturated_units" in codes(seen.initial)
        and seen.initial["layers"][0]["saturated"] > 0.5
        and flat(seen.experiment.moment(0)) == pytest.approx(0.9, abs=0.05)
    ),
    ("activations", 3): lambda seen: seen.now["layers"][0]["dead"] > 0.5,
    ("activations", 4): lambda seen: "dead_relu" not in codes(seen.now),
    ("linear_layers", 0): lambda seen: seen.experiment.net.n_parameters == 44,
    ("linear_layers", 2): lambda seen: seen.cost == pytest.approx(cost_of(seen.other), abs=5e-4),
    ("linear_layers", 4): lambda seen: seen.now["metrics"]["rmse"] < 0.2,
    ("initialization", 0): lambda seen: "symmetric_units" in codes(seen.initial),
    ("initialization", 1): still_log_2,
    ("initialization", 3): lambda seen: "saturated_units" in codes(seen.initial),
    ("initialization", 4): lambda seen: cost_of(seen.other) == pytest.approx(math.log(2), abs=1e-3),
    ("deep_networks", 0): lambda seen: seen.experiment.net.sizes == (6, 4, 4, 4, 1) and seen.experiment.net.L == 4,
    ("deep_networks", 4): knows_nothing,
    ("deep_networks", 6): lambda seen: seen.experiment.net.n_parameters == seen.other.net.n_parameters == 73,
    ("hyperparameters", 1): lambda seen: seen.cost > 0.5 and cost_of(seen.other) < 0.35,
    ("hyperparameters", 2): lambda seen: np.argmin(validation_curve(seen.experiment)) > 0.98 * points(seen.experiment),
    ("hyperparameters", 3): lambda seen: (
        cost_of(seen.other) + 0.1 < seen.cost and held_out(seen.other) - cost_of(seen.other) < 0.05
    ),
    ("beyond_the_notes", 0): lambda seen: (
        (seen.experiment.data.m, seen.experiment.steps, seen.other.steps) == (300, 1, 10)
        and cost_of(seen.other) + 0.1 < seen.cost
    ),
    ("beyond_the_notes", 1): lambda seen: cost_of(seen.other) + 0.1 < seen.cost,
    ("beyond_the_notes", 2): lambda seen: (
        norm(seen.other) < norm(seen.experiment)
        and held_out(seen.other) < held_out(seen.experiment)
        and np.argmin(validation_curve(seen.experiment)) < 0.1 * points(seen.experiment)
    ),
}


def norm(experiment):
    return np.linalg.norm(np.concatenate([W.ravel() for W in experiment.moment().theta.W[1:]]))


def held_out(experiment):
    return snapshot(experiment.moment(), {})["validation_cost"]


@pytest.mark.parametrize(("name", "at"), CLAIMS)
def test_what_a_card_says_is_so(name, at):
    assert CLAIMS[name, at](walk(name)[at]) in (None, True)


def test_equal_units_stay_equal_from_zeros():
    theta = walk("initialization")[1].experiment.moment().theta
    assert not theta.W[1].any()
    assert not theta.W[2].any()


def moved(**changes):
    """By which part of their size the first layer's weights move in the whole run."""
    settings = checked(Walker(LESSONS["activations"]).scene(2) | changes)
    experiment = Experiment("saturated", settings, dataset_of(settings))
    experiment.start()
    finish(experiment)
    before, after = (experiment.moment(epoch).theta.W[1] for epoch in (0, None))
    return np.linalg.norm(after - before) / np.linalg.norm(before)


def test_saturated_hidden_units_hardly_move():
    assert moved() < 0.2
    assert moved(initialization="he") > 1


@pytest.mark.parametrize("activations", [("tanh", "identity"), ("identity", "tanh")])
def test_one_bend_is_enough(activations):
    settings = checked(Walker(LESSONS["linear_layers"]).scene(3) | {"activations": list(activations)})
    experiment = Experiment("bent", settings, dataset_of(settings))
    experiment.start()
    finish(experiment)
    assert snapshot(experiment.moment(), {})["metrics"]["accuracy"] > 0.85


def test_lessons_follow_the_notes_and_stand_in_order():
    weeks = [lesson["week"] for lesson in lessons()]
    assert len(weeks) >= 10
    assert weeks == sorted(weeks)
    assert set(weeks) == {2, 3, 4}
    assert len(LESSONS) == len(weeks)
    assert all(4 <= len(lesson["cards"]) <= 8 for lesson in lessons())


@pytest.mark.parametrize(("name", "at"), CARDS)
def test_a_card_that_asks_is_answered(name, at):
    """A goal is said to be the learner's turn where, and only where, it is."""
    card = LESSONS[name]["cards"][at]
    assert ("Your turn" in card["text"]["en"]) == ("solution" in card)
    assert ("轮到你了" in card["text"]["zh"]) == ("solution" in card)


@pytest.mark.parametrize(("name", "at"), CARDS)
def test_numbers_are_the_same_in_both_languages(name, at):
    """Decimals and percentages; counts may be words in one of them."""
    text = LESSONS[name]["cards"][at]["text"]
    numbers = {language: set(re.findall(r"\d+\.\d+|\d+ ?%", words)) for language, words in text.items()}
    assert {n.replace(" ", "") for n in numbers["zh"]} == {n.replace(" ", "") for n in numbers["en"]}


def test_what_goes_beyond_the_notes_says_so():
    for card in LESSONS["beyond_the_notes"]["cards"]:
        assert "beyond the notes" in card["text"]["en"].lower()
        assert "笔记" in card["text"]["zh"]


# ---------- a file that is no lesson ----------


def broken(**changes):
    lesson = copy.deepcopy(LESSONS["gradient_descent"])
    for path, value in changes.items():
        *steps, last = path.split("__")
        at = functools.reduce(lambda inner, step: inner[int(step) if step.isdigit() else step], steps, lesson)
        at[last] = value
    return lesson


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"id": "Two words"}, "id must be lower-case letters"),
        ({"week": "two"}, "week must be the number of a week"),
        ({"cards": []}, "cards must be a list that is not empty"),
        ({"colour": "red"}, "the file must be an object with"),
        ({"section": "2.4"}, r"section must be an object with \['en', 'zh'\]"),
        ({"section__zh": "Gradient descent", "section__en": "Gradients"}, r"section\.zh must be Chinese"),
        ({"title__zh": "Gradient descent"}, r"title\.zh must be Chinese"),
        ({"title__en": ""}, r"title\.en must be a text"),
        ({"cards__1__text__en": "$x"}, r"cards\[1\]\.text\.en must be a text whose"),
        ({"cards__1__text__en": "看"}, r"cards\[1\]\.text\.en must be English"),
        ({"cards__1__settings": {"learning_rat": 1}}, "Did you mean 'learning_rate'"),
        ({"cards__1__settings": {"learning_rate": -1}}, r"cards\[1\]\.settings: The 'learning_rate'"),
        ({"cards__1__actions": [{"do": "jump"}]}, r"actions\[0\]\.do must be one of"),
        ({"cards__1__actions": [{"do": "travel"}]}, r"actions\[0\] must be an object with \['do', 'epoch'\]"),
        ({"cards__1__actions": [{"do": "start", "epochs": 0}]}, r"epochs must be a number above 0"),
        ({"cards__1__actions": [{"do": "open_unit", "layer": 1, "unit": -1}]}, "unit must be a whole number"),
        ({"cards__1__look": ["ceiling"]}, r"look\[0\] must be one of"),
        ({"cards__1__until": {"luck": True}}, r"until must be a goal"),
        ({"cards__1__until": {"diagnosis": "flu"}}, r"until\.diagnosis must be one of"),
        ({"cards__1__figure": "cat"}, "figure must be one of"),
        ({"cards__5__until": None, "cards__5__solution": {}}, "must be a goal"),
        ({"cards__2__question__answers__0__right": True}, r"answers must be two or more, one of them right"),
    ],
)
def test_a_broken_lesson_is_refused(changes, message):
    with pytest.raises(DataError, match=message):
        check_lesson("broken.json", broken(**changes))


def test_a_solution_without_a_goal_is_refused():
    lesson = broken()
    del lesson["cards"][0]["until"]
    with pytest.raises(DataError, match=r"solution must be absent where there is no goal"):
        check_lesson("broken.json", lesson)


def test_lessons_are_plain_json():
    assert json.loads(json.dumps(lessons())) == lessons()
