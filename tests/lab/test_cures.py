"""Each diagnosis of the lab comes with a change of settings that the lab takes and that tries its cure."""

import json

import numpy as np
import pytest
from moments import moment

from layerwise.lab.settings import checked
from layerwise.lab.views import snapshot
from layerwise.lab.views.diagnoses import cure
from layerwise.training.diagnosis import CODES, Diagnosis


def told(mo):
    found = snapshot(mo)["diagnoses"]
    json.dumps(found, allow_nan=False)
    return {one["code"]: one for one in found}


def cured(mo, code):
    """The diagnoses of a new experiment with the change that a diagnosis proposes."""
    change = told(mo)[code]["change"]
    again = moment(data=mo.data, **(mo.settings.to_json() | change))
    return change, told(again)


@pytest.mark.parametrize(
    ("given", "code", "change"),
    [
        ({"initialization": "zeros", "hidden": [4]}, "symmetric_units", {"initialization": "he"}),
        ({"initialization": "zeros", "hidden": [1]}, "zero_weights", {"initialization": "he"}),
        ({"activations": ["identity"], "hidden": [3, 3]}, "linear_hidden_layers", {"activations": ["tanh", "tanh"]}),
        ({"activations": ["tanh", "sigmoid"], "hidden": [3, 3]}, "sigmoid_hidden", {"activations": ["tanh", "tanh"]}),
        ({"initialization": "normal", "scale": 200.0}, "saturated_units", {"initialization": "he"}),
        ({"learning_rate": 1e-7}, "small_updates", {"learning_rate": 1e-6}),
        ({"learning_rate": 50.0}, "large_updates", {"learning_rate": 5.0}),
    ],
)
@pytest.mark.filterwarnings("ignore::layerwise.errors.NetworkWarning")
def test_the_change_tries_the_cure(given, code, change):
    proposed, after = cured(moment(**given), code)
    assert proposed == change
    if "updates" not in code:  # which take more than one factor of ten
        assert code not in after


def test_a_layer_of_dead_units_gets_a_slope_everywhere():
    mo = moment(hidden=[4], activations=["relu"])
    mo.theta.b[1][...] = -100.0
    found = told(mo)["dead_relu"]
    assert found["severe"]
    assert found["change"] == {"activations": ["leaky_relu"]}
    assert snapshot(mo)["layers"][0]["dead"] == 1.0


def test_gradients_that_vanish_and_explode():
    deep = {"hidden": [16] * 8, "activations": ["sigmoid"]}
    change, after = cured(moment(**deep), "vanishing_gradients")
    assert change == {"activations": ["relu"] * 8, "initialization": "he"}
    assert "vanishing_gradients" not in after
    wild = {"hidden": [6] * 4, "activations": ["leaky_relu"], "initialization": "normal", "scale": 300.0}
    change, after = cured(moment(**wild), "exploding_gradients")
    assert change == {"initialization": "he"}
    assert "exploding_gradients" not in after


@pytest.mark.parametrize("code", CODES)
def test_every_code_has_a_change_that_the_lab_takes(code):
    g = "tanh" if code == "saturated_units" else "relu"
    settings = checked({"hidden": [4, 3], "activations": [g], "learning_rate": 1.0})
    change = cure(settings, Diagnosis(code, 1, "", "", ""))
    if change is not None:
        assert checked(settings.to_json() | change) != settings
    assert (change is None) == (code == "linear_output_for_labels")


def test_a_rate_stays_within_its_limits():
    settings = checked({"learning_rate": 1e9, "hidden": [2]})
    assert cure(settings, Diagnosis("small_updates", 1, "", "", "")) is None
    assert cure(settings, Diagnosis("diverged", 1, "", "", "")) == {"learning_rate": 1.0}
    assert np.isfinite(cure(settings, Diagnosis("large_updates", 1, "", "", ""))["learning_rate"])
