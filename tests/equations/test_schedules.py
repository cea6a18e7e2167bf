import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerwise.equations.schedules import (
    SCHEDULES,
    Constant,
    Cosine,
    CosLog4,
    Exponential,
    FlatCosine,
    InverseTimeDecay,
    Linear,
    OneCycle,
    StepDecay,
    WarmUp,
)
from layerwise.errors import ParameterError
from oracles import laws

TIMES = [0, 0.3, 1, 1.7, 2.5, 5, 7.25, 9.99]


@pytest.mark.parametrize("t", TIMES)
def test_formulas(t):
    e = math.floor(t)
    assert Constant().factor(t, 10) == 1
    assert InverseTimeDecay(0.5).factor(t, 10) == pytest.approx(1 / (1 + 0.5 * e))
    assert InverseTimeDecay(0.5, every=3).factor(t, 10) == pytest.approx(1 / (1 + 0.5 * (e // 3)))
    assert StepDecay(0.3, every=2).factor(t, 10) == pytest.approx(0.3 ** (e // 2))
    assert Exponential(0.9).factor(t, 10) == pytest.approx(0.9**e)
    assert Cosine().factor(t, 10) == pytest.approx(math.cos(math.pi * t / 20) ** 2)
    assert Cosine(final=0.2).factor(t, 10) == pytest.approx(0.2 + 0.8 * math.cos(math.pi * t / 20) ** 2)
    assert Linear().factor(t, 10) == pytest.approx(1 - t / 10)
    assert Linear(final=0.3).factor(t, 10) == pytest.approx(1 - 0.7 * t / 10)
    assert FlatCosine().factor(t, 10) == pytest.approx(1 if t < 5 else math.cos(math.pi * (t - 5) / 10) ** 2)
    assert FlatCosine(0.2).factor(t, 10) == pytest.approx(1 if t < 2 else math.cos(math.pi * (t - 2) / 16) ** 2)
    assert CosLog4().factor(t, 10) == pytest.approx(math.sin(math.pi * math.log2(1 + 1.5 * t)) ** 2, abs=1e-15)
    part = t / 3 if t < 3 else (t - 3) / 7
    up, down = math.sin(math.pi * part / 2) ** 2, math.cos(math.pi * part / 2) ** 2
    expected = 0.1 + 0.9 * up if t < 3 else 0.01 + 0.99 * down
    assert OneCycle(0.3, 0.1, 0.01).factor(t, 10) == pytest.approx(expected)


def test_both_ends():
    assert Cosine(final=0.1).factor(10, 10) == pytest.approx(0.1)
    assert OneCycle(0.25, 0.05, 0.001).factor(0, 8) == pytest.approx(0.05)
    assert OneCycle(0.25, 0.05, 0.001).factor(2, 8) == 1
    assert OneCycle(0.25, 0.05, 0.001).factor(8, 8) == pytest.approx(0.001)
    assert Linear(final=0.1).factor(10, 10) == pytest.approx(0.1)
    assert FlatCosine().factor(5, 10) == 1
    assert FlatCosine().factor(10, 10) == pytest.approx(0)
    assert [CosLog4().factor(t, 15) for t in (0, 1, 3, 7, 15)] == pytest.approx([0] * 5)
    assert [CosLog4().factor(2**k - 1, 15) for k in (0.5, 1.5, 2.5, 3.5)] == pytest.approx([1] * 4)
    assert StepDecay().factor(29.9, 100) == 1
    assert StepDecay().factor(30, 100) == pytest.approx(0.1)
    assert StepDecay(gamma=0.0, every=1).factor(0.5, 9) == 1


@pytest.mark.parametrize("name", SCHEDULES)
@pytest.mark.parametrize("start", [0.0, 0.1, 1.0])
def test_a_warm_up_in_front_of_each(name, start):
    then = SCHEDULES[name]()
    schedule = WarmUp(4, then=then, start=start)
    for t in (0, 0.5, 1, 3.75):
        assert schedule.factor(t, 20) == pytest.approx(start + (1 - start) * t / 4)
    for t in (4, 4.5, 9, 19.5):
        assert schedule.factor(t, 20) == then.factor(t - 4, 16)


@pytest.mark.parametrize("name", SCHEDULES)
@laws
@given(st.integers(1, 300), st.floats(0, 1, exclude_max=True))
def test_a_factor_lies_between_zero_and_one(name, epochs, part):
    for schedule in (SCHEDULES[name](), WarmUp(max(epochs / 4, 1e-3), then=SCHEDULES[name]())):
        factor = schedule.factor(part * epochs, epochs)
        assert type(factor) is float
        assert 0 <= factor <= 1


@pytest.mark.parametrize(
    "schedule", [InverseTimeDecay(), StepDecay(every=3), Exponential(), Cosine(), Linear(), FlatCosine()]
)
@laws
@given(st.floats(0, 99), st.floats(0, 1))
def test_a_decay_never_rises(schedule, t, later):
    assert schedule.factor(t + later, 100) <= schedule.factor(t, 100) + 1e-15


@pytest.mark.parametrize("name", SCHEDULES)
def test_all_but_the_constant_change_something(name):
    factors = {SCHEDULES[name]().factor(t, 40) for t in range(40)}
    assert (len(factors) > 1) == (name != "constant")


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: InverseTimeDecay(rate=-1), r"'rate' parameter of InverseTimeDecay must be .*\[0, inf\)"),
        (lambda: InverseTimeDecay(every=0), r"'every' parameter of InverseTimeDecay must be an int .*\[1, inf\)"),
        (lambda: StepDecay(gamma=1.1), r"'gamma' parameter of StepDecay must be .*\[0, 1\]"),
        (lambda: StepDecay(every=2.0), r"'every' parameter of StepDecay must be an int"),
        (lambda: Exponential(gamma=-0.1), r"'gamma' parameter of Exponential must be .*\[0, 1\]"),
        (lambda: Cosine(final=2), r"'final' parameter of Cosine must be .*\[0, 1\]"),
        (lambda: Linear(final=1.5), r"'final' parameter of Linear must be .*\[0, 1\]"),
        (lambda: FlatCosine(flat=1), r"'flat' parameter of FlatCosine must be .*\(0, 1\)"),
        (lambda: OneCycle(rise=0), r"'rise' parameter of OneCycle must be .*\(0, 1\)"),
        (lambda: OneCycle(start=-1), r"'start' parameter of OneCycle must be .*\[0, 1\]"),
        (lambda: OneCycle(final="a"), r"'final' parameter of OneCycle must be .*\[0, 1\]"),
        (lambda: WarmUp(0), r"'epochs' parameter of WarmUp must be .*\(0, inf\)"),
        (lambda: WarmUp(1, start=1.5), r"'start' parameter of WarmUp must be .*\[0, 1\]"),
        (lambda: WarmUp(1, then="cosine"), r"'then' parameter of WarmUp must be a schedule.* Got 'cosine' instead"),
        (lambda: WarmUp(1, then=Cosine), r"'then' parameter of WarmUp must be a schedule"),
    ],
)
def test_settings_outside_their_range(build, message):
    with pytest.raises(ParameterError, match=message):
        build()
