"""Every engine has the names and signatures of the contract; the other files here run each of them."""

import inspect
from dataclasses import dataclass

import pytest

import layerwise as lw
from contract.runs import data
from layerwise.engines import ENGINES, Engine, engine_named
from layerwise.equations.optimizers import Adam
from layerwise.errors import ParameterError

X, Y = data()
NET = lw.Network((2, 4, 1), ("tanh", "sigmoid"))


@dataclass(frozen=True)
class Own(Adam):
    """A class that no compiled core knows."""


@pytest.mark.parametrize("name", [*ENGINES, "auto"])
def test_an_engine_has_the_name_and_the_signatures_of_the_contract(name):
    engine = engine_named(name)
    assert engine.name == name
    for method, declared in inspect.getmembers(Engine, inspect.isfunction):
        if not method.startswith("_"):
            assert inspect.signature(getattr(type(engine), method)) == inspect.signature(declared)


@pytest.mark.parametrize("optimizer", ["adam", "lbfgs", Own()])
def test_auto_is_the_native_engine_wherever_that_can_carry_out_the_plan(optimizer):
    chosen = "native" if "native" in ENGINES and not isinstance(optimizer, Own) else "numpy"
    auto, same = (
        lw.train(NET, X, Y, optimizer=optimizer, epochs=20, dtype="float64", engine=engine).parameters.vector
        for engine in ("auto", chosen)
    )
    assert auto.tobytes() == same.tobytes()


def test_an_unknown_engine():
    with pytest.raises(ParameterError, match=r"^Unknown engine 'nmpy'\. Did you mean 'numpy'\?$"):
        engine_named("nmpy")
