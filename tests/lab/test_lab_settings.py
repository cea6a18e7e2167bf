import json
import math

import pytest

from layerwise.errors import ParameterError
from layerwise.lab import SettingError, Settings, checked, described
from layerwise.lab.presets import PRESETS


def test_the_defaults_are_within_their_own_limits():
    assert checked(Settings().to_json()) == Settings() == checked({})


def test_settings_go_through_json_and_back():
    asked = {"hidden": [3, 5], "activations": ["relu", "tanh"], "columns": ["a"], "points": [[0.5, -1, 1]], "l2": 1}
    settings = checked(asked)
    assert checked(json.loads(json.dumps(settings.to_json()))) == settings
    assert settings.hidden == (3, 5)
    assert settings.points == ((0.5, -1.0, 1.0),)
    hash(settings)


@pytest.mark.parametrize(
    ("hidden", "given", "taken"),
    [
        ([], ["relu"], ()),
        ([2, 3], ["relu"], ("relu", "relu")),
        ([2, 3, 4], ["relu", "tanh"], ("relu", "tanh", "tanh")),
        ([2], ["relu", "tanh"], ("relu",)),
        ([2], [], ("tanh",)),
    ],
)
def test_there_is_one_activation_for_each_hidden_layer(hidden, given, taken):
    assert checked({"hidden": hidden, "activations": given}).activations == taken


@pytest.mark.parametrize(
    ("setting", "value", "rule"),
    [
        ("preset", "flowr", "Unknown preset 'flowr'. Did you mean 'flower'"),
        ("learning_rate", 0, r"\[1e-12, 1e\+09\]. Got 0 instead"),
        ("learning_rate", math.nan, "Got nan"),
        ("learning_rate", 10**400, "float in the range"),
        ("learning_rate", "1", "Got '1'"),
        ("epochs", True, "Got True"),
        ("epochs", 1_000_001, r"\[1, 1000000\]"),
        ("epochs", 2.5, "Got 2.5"),
        ("hidden", [4, 0], r"\[1, 512\]. Got 0"),
        ("hidden", [1] * 11, "at most 10"),
        ("hidden", 4, "a list of at most 10"),
        ("activations", ["softmax"], "Unknown .*'softmax'"),
        ("activations", "tanh", "a list"),
        ("points", [[0, 0]], r"\[x, y, label\]"),
        ("points", [[0, 0, 0.5]], r"\[0, 9\]. Got 0.5"),
        ("points", [[0, math.inf, 0]], "Got inf"),
        ("points", [[0, 0, 0]] * 2001, "at most 2000"),
        ("table", "x" * 101, "at most 100 characters"),
        ("columns", [1], "a text"),
        ("optimizer", "lbfgs", "Unknown optimizer"),
        ("loss", None, "Unknown loss None"),
        ("batch_size", 0, r"\[1, 100000\]"),
        ("dtype", "float16", "Unknown dtype"),
    ],
)
def test_what_is_outside_its_limits_is_refused_by_name(setting, value, rule):
    with pytest.raises(SettingError, match=rule) as refused:
        checked({setting: value})
    assert refused.value.setting == setting
    assert isinstance(refused.value, ParameterError)
    assert len(str(refused.value)) < 1_001


def test_an_unknown_setting_is_refused_with_the_nearest_one():
    with pytest.raises(SettingError, match="Did you mean 'learning_rate'"):
        checked({"learning_rat": 1.0})
    with pytest.raises(ParameterError, match="a JSON object"):
        checked([1])


@pytest.mark.parametrize("setting", ["batch_size", "table", "target", "columns"])
def test_null_stands_for_none_where_a_setting_is_optional(setting):
    assert getattr(checked({setting: None}), setting) is None


def test_a_learning_rate_that_diverges_may_be_tried_and_its_slider_is_logarithmic():
    assert checked({"learning_rate": 1e9}).learning_rate == 1e9
    slider = next(entry for entry in described() if entry["name"] == "learning_rate")["slider"]
    assert slider == {"minimum": 1e-4, "maximum": 10.0, "log": True}


def test_the_description_is_json_and_its_numbers_hold():
    told = json.loads(json.dumps(described(), allow_nan=False))
    assert [entry["name"] for entry in told] == list(Settings().to_json())
    for entry in told:
        name = entry["name"]
        checked({name: entry["default"]})
        if entry["kind"] in ("integer", "number"):
            checked({name: entry["minimum"]})
            checked({name: entry["maximum"]})
            assert entry["minimum"] <= entry["slider"]["minimum"] < entry["slider"]["maximum"] <= entry["maximum"]
            for beyond in (entry["minimum"] - 1, entry["maximum"] + 1e9):
                with pytest.raises(SettingError):
                    checked({name: beyond})
        for choice in entry.get("choices", ()):
            checked({name: choice if entry["kind"] == "choice" else [choice]})
        assert set(entry.get("only_for", ())) <= set(PRESETS)


def test_settings_that_do_not_touch_the_examples_leave_them_alone():
    same = checked({"learning_rate": 3.0, "bits": 7, "seed": 9})
    assert same.data() == Settings().data()
    for other in ({"noise": 0.3}, {"data_seed": 2}, {"validation": 0.5}, {"dtype": "float64"}, {"preset": "moons"}):
        assert checked(other).data() != Settings().data()
