import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerwise.checks import COUNT, FRACTION, NON_NEGATIVE, POSITIVE, PROBABILITY, SEED, Integers, Reals, known_name
from layerwise.errors import ParameterError
from oracles import laws


@pytest.mark.parametrize(
    ("rule", "allowed", "refused", "interval"),
    [
        (POSITIVE, (1e-300, 1, 3.5, 1e300), (0, -1.0, math.inf), r"\(0, inf\)"),
        (NON_NEGATIVE, (0, 0.0, 2), (-1e-300, math.inf), r"\[0, inf\)"),
        (PROBABILITY, (0, 1, 0.5), (-0.1, 1.1), r"\[0, 1\]"),
        (FRACTION, (1e-9, 0.999), (0, 1), r"\(0, 1\)"),
        (Reals(0.0, 1.0, "[", ")"), (0,), (1,), r"\[0, 1\)"),
    ],
)
def test_reals_keep_to_their_interval(rule, allowed, refused, interval):
    for value in allowed:
        checked = rule.check("f", "x", value)
        assert type(checked) is float
        assert checked == value
    for value in (*refused, math.nan, True, "1", None, [1.0], 1j, np.bool_(True)):
        with pytest.raises(ParameterError, match=rf"^The 'x' parameter of f must be a float in the range {interval}\."):
            rule.check("f", "x", value)


def test_the_message_says_what_came():
    with pytest.raises(ParameterError, match=r"The 'learning_rate' parameter of train .* Got -0\.1 instead\.$"):
        POSITIVE.check("train", "learning_rate", -0.1)


@pytest.mark.parametrize("number", [np.float32(0.5), np.float64(0.5), np.int8(1), np.uint64(1)])
def test_numpy_numbers_become_python_floats(number):
    assert type(POSITIVE.check("f", "x", number)) is float


@pytest.mark.parametrize(
    ("rule", "allowed", "refused", "interval"),
    [
        (COUNT, (1, 10**30), (0, -1), r"\[1, inf\)"),
        (SEED, (0, 2**64 - 1), (-1, 2**64), rf"\[0, {2**64 - 1}\]"),
        (Integers(2, 5), (2, 5), (1, 6), r"\[2, 5\]"),
    ],
)
def test_integers_keep_to_their_interval(rule, allowed, refused, interval):
    for value in allowed:
        assert rule.check("f", "n", value) == value
    for value in (*refused, 3.0, True, "3", None, np.float64(3)):
        with pytest.raises(ParameterError, match=rf"^The 'n' parameter of f must be an int in the range {interval}\."):
            rule.check("f", "n", value)


@pytest.mark.parametrize("integer", [np.int8, np.int32, np.uint64])
def test_numpy_integers_become_python_ints(integer):
    assert type(COUNT.check("f", "n", integer(3))) is int


@laws
@given(st.floats(), st.floats(-10, 10), st.floats(-10, 10), st.sampled_from("[("), st.sampled_from("])"))
def test_an_interval_is_what_its_brackets_say(value, low, high, left, right):
    inside = (low < value or (left == "[" and value == low)) and (value < high or (right == "]" and value == high))
    try:
        accepted = Reals(low, high, left, right).check("f", "x", value) == value
    except ParameterError:
        accepted = False
    assert accepted == inside


def test_a_near_miss_is_suggested():
    with pytest.raises(ParameterError, match=r"^Unknown optimizer 'adm'\. Did you mean 'adam'\?$"):
        known_name("optimizer", "adm", ("adam", "sgd"))


@pytest.mark.parametrize("name", ["quite another", 3, None, ["lion", "muon"]])
def test_without_a_near_miss_the_names_are_listed(name):
    with pytest.raises(ParameterError, match=r"^Unknown optimizer .*\. Known: adam, sgd\.$"):
        known_name("optimizer", name, ("sgd", "adam"))


def test_a_known_name_comes_back():
    assert known_name("optimizer", "adam", (name for name in ("sgd", "adam"))) == "adam"
