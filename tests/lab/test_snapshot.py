"""A snapshot's numbers are the library's; its pictures are the network's; nothing in it is NaN or infinite."""

import base64
import gc
import json
import weakref

import numpy as np
import pytest
from moments import dataset, moment, train

import layerwise as lw
from layerwise.engines import Divergence
from layerwise.errors import ParameterError
from layerwise.lab.examples import dataset_of
from layerwise.lab.settings import checked
from layerwise.lab.views import points, shown_plane, snapshot
from layerwise.lab.views.plane import plane_of
from layerwise.lab.views.remembered import once_per_dataset
from layerwise.tables import Table

VIEW = {"surface": 16, "maps": 8}


def decoded(text):
    return np.frombuffer(base64.b64decode(text), np.uint8)


def test_the_curve_has_the_cost_before_an_update_and_the_snapshot_the_cost_after_it():
    data = dataset()
    second, third = (moment(epoch, data=data, l2=0.7) for epoch in (2, 3))
    before, after = (snapshot(mo, VIEW)["cost"] for mo in (second, third))
    assert third.result.history.cost[-1] == pytest.approx(before)  # full batches: one step an epoch
    assert after < before


@pytest.mark.parametrize("task", ["binary", "classes", "regression"])
@pytest.mark.parametrize("epoch", [0, 3])
def test_the_numbers_are_the_librarys(task, epoch):
    mo = moment(epoch, task, n_x=3, validation=20, hidden=[5, 4], l2=0.7)
    seen = snapshot(mo, VIEW)
    json.dumps(seen, allow_nan=False)
    run = lw.equations.forward(mo.net, mo.theta, mo.data.X)
    grad = lw.equations.backward(mo.net, mo.theta, run, mo.data.Y, l2=0.7)
    assert seen["cost"] == pytest.approx(lw.equations.cost(mo.net, mo.theta, run, mo.data.Y, l2=0.7))
    X, Y = mo.data.validation
    held_out = lw.equations.forward(mo.net, mo.theta, X)
    assert seen["validation_cost"] == pytest.approx(lw.equations.cost(mo.net, mo.theta, held_out, Y))
    for l, layer in enumerate(seen["layers"], start=1):
        assert layer["layer"] == l
        assert np.array_equal(layer["W"], mo.theta.W[l])
        assert np.allclose(layer["dW"], grad.dW[l], rtol=1e-12)
        assert np.allclose(layer["db"], grad.db[l][:, 0], rtol=1e-12)
        assert sum(layer["activation_histogram"]["counts"]) == run.A[l].size
        assert layer["norm"] == pytest.approx(np.sqrt((mo.theta.W[l] ** 2).sum()))
    assert (seen["epoch"], seen["iteration"]) == (epoch, epoch)
    (name,) = seen["metrics"]
    assert name == ("rmse" if task == "regression" else "accuracy")


@pytest.mark.parametrize("optimizer", ["gradient_descent", "momentum", "adam"])
def test_the_update_ratio_is_that_of_the_step_that_the_run_takes(optimizer):
    mo = moment(2, m=48, optimizer=optimizer, l2=0.1, schedule="cosine", dropout=0.25)
    after = train(mo.settings, mo.data, mo.net, lw.initialize(mo.net, mo.settings.seed), 3).parameters
    for l, layer in enumerate(snapshot(mo)["layers"], start=1):
        change = np.linalg.norm(after.W[l] - mo.theta.W[l])
        assert layer["update_ratio"] == pytest.approx(change / np.linalg.norm(mo.theta.W[l]), rel=1e-9)


@pytest.mark.parametrize("task", ["binary", "classes", "regression"])
@pytest.mark.parametrize("n_x", [1, 2, 5])
def test_the_surface_is_the_networks_output_at_its_points(task, n_x):
    mo = moment(2, task, n_x=n_x)
    surface = snapshot(mo, VIEW)["surface"]
    plane = plane_of(mo.data)
    s, t = plane.grid(16)
    X = plane.origin[:, None] + np.outer(plane.x.direction, s) + np.outer(plane.y.direction, t)
    Y_hat = lw.equations.forward(mo.net, mo.theta, X).Y_hat
    if task == "regression":
        low, high = surface["minimum"], surface["maximum"]
        assert (low, high) == pytest.approx((Y_hat.min(), Y_hat.max()))
        expected = (Y_hat[0] - low) / (high - low) * 255
    else:
        expected = Y_hat.max(axis=0) * 255
    assert np.abs(decoded(surface["bytes"]) - expected).max() < 0.51
    if task == "classes":
        assert np.array_equal(decoded(surface["classes"]), Y_hat.argmax(axis=0))


def test_the_first_row_of_the_surface_is_at_the_top():
    mo = moment(0, "regression", hidden=[])
    mo.theta.W[1][...] = [[0.0, 1.0]]  # y_hat = x_2
    picture = decoded(snapshot(mo, VIEW)["surface"]["bytes"]).reshape(16, 16)
    assert (picture[0] == 255).all()
    assert (picture[-1] == 0).all()


def test_the_response_maps_are_the_units():
    mo = moment(1, hidden=[20, 3], activations=["relu"])
    layers = snapshot(mo, VIEW)["layers"]
    assert [len(layer["maps"]) for layer in layers] == [12, 3, 1]
    run = lw.equations.forward(mo.net, mo.theta, plane_of(mo.data).grid(8))
    unit, shown = run.A[1][7], layers[0]["maps"][7]
    assert (shown["minimum"], shown["maximum"]) == pytest.approx((unit.min(), unit.max()))
    span = (unit.max() - unit.min()) or 1
    assert np.abs(decoded(shown["bytes"]) - (unit - unit.min()) / span * 255).max() < 0.51


def test_views_without_pictures_and_wrong_ones():
    mo = moment()
    seen = snapshot(mo)
    assert seen["surface"] is None
    assert seen["layers"][0]["maps"] == []
    with pytest.raises(ParameterError, match=r"The 'surface' parameter of a view must be an int in the range"):
        snapshot(mo, {"surface": 10_000})
    with pytest.raises(ParameterError, match=r"must name inputs. Got 'x_3'. Did you mean"):
        snapshot(mo, {"plane": {"kind": "columns", "x": "x_3"}})
    with pytest.raises(ParameterError, match=r"must be of kind 'columns' or 'components'. Got 'cube'"):
        snapshot(mo, {"plane": {"kind": "cube"}})


def test_large_matrices_are_left_to_the_layers_own_view():
    layers = snapshot(moment(n_x=40, hidden=[5]))["layers"]
    assert layers[0]["W"] is None
    assert layers[0]["dW"] is None
    assert len(layers[1]["W"]) == 1


def test_nothing_is_nan_where_the_network_overflows():
    mo = moment(0, "regression", hidden=[4], activations=["relu"], dtype="float32")
    mo.theta.vector[...] = 1e30
    text = json.dumps(snapshot(mo, VIEW), allow_nan=False)
    assert '"cost": null' in text


def test_the_divergence_is_the_first_diagnosis_and_its_cure_is_a_smaller_rate():
    mo = moment(hidden=[4], learning_rate=1e6)
    first = snapshot(mo, None, Divergence(4, 0, "Z[2]", 2))["diagnoses"][0]
    assert (first["code"], first["layer"], first["severe"]) == ("diverged", 2, True)
    assert first["change"] == {"learning_rate": 1.0}
    assert first["facts"] == {"tensor": "Z[2]", "epoch": 5, "step": 1}


def test_the_principal_components_are_those_of_the_svd():
    data = dataset(n_x=6)
    plane = plane_of(data, {"plane": {"kind": "components"}})
    beside = data.X - data.X.mean(axis=1, keepdims=True)
    U = np.linalg.svd(beside, full_matrices=False)[0]
    assert abs(plane.x.direction @ U[:, 0]) == pytest.approx(1)
    assert abs(plane.y.direction @ U[:, 1]) == pytest.approx(1)
    assert shown_plane(data) == {"kind": "components", "x": "PC 1", "y": "PC 2"}
    shown = points(moment(data=data))
    assert np.allclose(shown["x"], plane.x.direction @ beside)


def test_other_inputs_are_at_their_medians():
    data = dataset(n_x=4)
    asked = {"plane": {"kind": "columns", "x": "x_3", "y": "x_1"}}
    plane = plane_of(data, asked)
    assert np.allclose(plane.origin, [0, np.median(data.X[1]), 0, np.median(data.X[3])])
    shown = points(moment(data=data), asked)
    assert np.array_equal(shown["x"], data.X[2])
    assert np.array_equal(shown["y"], data.X[0])
    assert shown["x_name"] == "x_3"


def test_points_tell_classes_and_who_is_held_out():
    shown = points(moment(task="classes", m=30, validation=10))
    assert shown["validation"] == [False] * 30 + [True] * 10
    assert set(shown["label"]) == {0, 1, 2}
    json.dumps(shown, allow_nan=False)


def test_a_column_of_numbers_is_drawn_in_its_own_unit():
    ages = [20.0 + k * k / 60 for k in range(60)]
    table = Table(
        {"age": ages, "fare": [100 / (k + 3) for k in range(60)], "sick": ["yes" if k % 3 else "no" for k in range(60)]}
    )
    given = {"preset": "table", "target": "sick", "validation": 0.0, "dtype": "float64", "hidden": [3]}
    mo = moment(1, data=dataset_of(checked(given), table), **given)
    shown = points(mo)
    assert np.allclose(np.sort(shown["x"]), ages)
    surface = snapshot(mo, VIEW)["surface"]
    assert surface["x_name"] == "age"
    x = np.linspace(*surface["x"], 16)
    y = np.linspace(*surface["y"], 16)[::-1]
    at = [(2, 3), (15, 0), (8, 8)]
    cells = Table({"age": [x[j] for _, j in at], "fare": [y[i] for i, _ in at]})
    Y_hat = lw.predict(mo.net, mo.theta, np.ascontiguousarray(mo.data.encoder.transform(cells).T))
    picture = decoded(surface["bytes"]).reshape(16, 16)
    assert np.abs([picture[i, j] for i, j in at] - Y_hat[0] * 255).max() < 0.51


def test_what_is_remembered_of_a_data_set_goes_with_it():
    made = []

    @once_per_dataset
    def counted(data, name):
        made.append(name)
        return object()

    data, other = dataset(m=20), dataset(m=20)
    first = counted(data, "a")
    assert counted(data, "a") is first
    assert counted(other, "a") is not first
    for k in range(9):
        counted(data, k)
    assert counted(data, "a") is not first
    assert made.count("a") == 3
    gone = weakref.ref(data)
    del data
    gc.collect()
    assert gone() is None
