"""Names, tables and signatures that have to agree with each other."""

import inspect

import pytest

import layerwise as lw
from layerwise.equations.activations import ACTIVATION_TABLE
from layerwise.equations.losses import LOSS_TABLE
from layerwise.equations.metrics import METRICS, metrics_of
from layerwise.equations.optimizers import OPTIMIZERS
from layerwise.equations.schedules import SCHEDULES, Schedule
from layerwise.vocabulary import ACTIVATIONS, LOSS_OF_OUTPUT, LOSSES, OUTPUT_OF_LOSS


@pytest.mark.parametrize(
    ("words", "table"), [(ACTIVATIONS, ACTIVATION_TABLE), (LOSSES, LOSS_TABLE)], ids=["activations", "losses"]
)
def test_vocabulary_and_mathematics_have_the_same_names_and_settings(words, table):
    assert list(words) == list(table)
    for name, settings in words.items():
        required = [
            argument.name
            for argument in inspect.signature(table[name]).parameters.values()
            if argument.default is argument.empty
        ]
        assert required == list(settings)
        for setting, (default, interval) in settings.items():
            assert interval.check(name, setting, default) == default


def test_losses_and_outputs_point_at_each_other():
    assert {output: loss for loss, output in OUTPUT_OF_LOSS.items()} == {**LOSS_OF_OUTPUT}
    assert set(OUTPUT_OF_LOSS) <= set(LOSSES)
    assert set(LOSS_OF_OUTPUT) <= set(ACTIVATIONS)


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_schedule_has_the_signature_of_the_protocol(name):
    assert inspect.signature(SCHEDULES[name].factor) == inspect.signature(Schedule.factor)


@pytest.mark.parametrize("name", METRICS)
def test_metrics_have_one_signature(name):
    assert list(inspect.signature(METRICS[name]).parameters) == ["Y_hat", "Y", "sample_weight"]


@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_has_metrics(loss):
    net = lw.Network((2, 2), (OUTPUT_OF_LOSS.get(loss, "identity"),), loss)
    assert set(metrics_of(net)) <= set(METRICS)
    assert metrics_of(net)


@pytest.mark.parametrize("name", [*OPTIMIZERS, *SCHEDULES, *ACTIVATIONS, *(name.partition("(")[0] for name in LOSSES)])
def test_every_name_is_in_the_documentation_of_its_function(name):
    documented = (lw.train.__doc__ or "") + (lw.Network.__doc__ or "")
    assert name in documented
