import numpy as np
import pytest
from scipy import stats

import layerwise as lw
from layerwise.equations.initializers import INITIALIZERS
from layerwise.equations.streams import Purpose, normal, uniform
from layerwise.errors import NetworkWarning, ParameterError

NET = lw.Network((300, 200, 100), ("relu", "sigmoid"))
VARIANCES = {
    "glorot": lambda n_in, n_out: 2 / (n_in + n_out),
    "he": lambda n_in, n_out: 2 / n_in,
    "lecun": lambda n_in, n_out: 1 / n_in,
}


@pytest.mark.parametrize("form", ["", "_normal", "_uniform"])
@pytest.mark.parametrize("method", VARIANCES)
def test_variance_by_the_number_of_units(method, form):
    theta = lw.initialize(NET, seed=2, method=method + form)
    for l in (1, 2):
        w, v = theta.W[l].ravel(), VARIANCES[method](NET.n[l - 1], NET.n[l])
        kurtosis = -1.2 if form == "_uniform" else 0.0
        assert abs(w.mean()) < 4 * np.sqrt(v / w.size)
        assert w.var() == pytest.approx(v, rel=4 * np.sqrt((kurtosis + 2) / w.size))
        if form == "_uniform":
            assert abs(w).max() < np.sqrt(3 * v) < 1.001 * abs(w).max()
            assert stats.kstest(w / np.sqrt(3 * v), stats.uniform(-1, 2).cdf).pvalue > 0.01
        else:
            assert stats.kstest(w / np.sqrt(v), "norm").pvalue > 0.01


def test_scale():
    assert lw.initialize(NET, method="normal").W[1].std() == pytest.approx(0.01, rel=0.02)
    assert lw.initialize(NET, method="normal", scale=0.5).W[1].std() == pytest.approx(0.5, rel=0.02)
    assert abs(lw.initialize(NET, method="uniform", scale=0.5).W[1]).max() == pytest.approx(0.5, rel=1e-3)
    one, same = lw.initialize(NET, method="normal(0.3)"), lw.initialize(NET, method="normal", scale=0.3)
    np.testing.assert_array_equal(one.vector, same.vector)


def test_layers_are_filled_row_by_row_from_their_own_streams():
    theta = lw.initialize(lw.Network((3, 4, 2), ("tanh", "softmax")), seed=11, method="normal", scale=2.0)
    np.testing.assert_array_equal(theta.W[1].ravel(), 2 * normal(12, 11, Purpose.INITIALIZE, 1))
    np.testing.assert_array_equal(theta.W[2].ravel(), 2 * normal(8, 11, Purpose.INITIALIZE, 2))
    theta = lw.initialize(lw.Network((3, 4), ("tanh",)), seed=11, method="uniform", scale=2.0)
    np.testing.assert_allclose(theta.W[1].ravel(), 4 * uniform(12, 11, Purpose.INITIALIZE, 1) - 2, rtol=1e-14)


@pytest.mark.parametrize(
    ("synonym", "method"), [("xavier", "glorot"), ("xavier_uniform", "glorot_uniform"), ("he_normal", "he")]
)
def test_synonyms(synonym, method):
    np.testing.assert_array_equal(lw.initialize(NET, method=synonym).vector, lw.initialize(NET, method=method).vector)


def test_zeros_are_warned_of_where_there_is_a_hidden_layer():
    with pytest.warns(NetworkWarning, match=r"^Zero weights make all units of a hidden layer equal.*'he' or 'normal'"):
        theta = lw.initialize(NET, method="zeros")
    assert not theta.vector.any()
    assert not lw.initialize(lw.Network((3, 1), ("sigmoid",)), method="zeros").vector.any()  # logistic regression may


@pytest.mark.parametrize("seed", [np.int8(3), np.int32(3), np.uint64(3)])
def test_any_integer_is_a_seed(seed):
    np.testing.assert_array_equal(lw.initialize(NET, seed=seed).vector, lw.initialize(NET, seed=3).vector)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"method": "hee"}, r"^Unknown method of initialize 'hee'\. Did you mean 'he'\?"),
        ({"method": "kaiming"}, r"^Unknown method of initialize 'kaiming'\."),
        ({"method": None}, r"^The method of initialize must be a name such as 'zeros'"),
        ({"method": "he(0.1)"}, r"^The method of initialize 'he' has no settings"),
        (
            {"method": "he", "scale": 0.1},
            r"^The 'scale' parameter of initialize goes with a bare 'normal' or 'uniform', not 'he'",
        ),
        (
            {"method": "normal", "scale": 0},
            r"^The 'scale' parameter of initialize must be a float in the range \(0, inf\)",
        ),
        ({"method": "normal(-1)"}, r"^The 'scale' parameter of normal must be a float in the range \(0, inf\)"),
        ({"seed": -1}, r"^The 'seed' parameter of initialize must be an int in the range \[0, 18446744073709551615\]"),
        ({"seed": 2**64}, r"^The 'seed' parameter of initialize .* Got 18446744073709551616"),
        ({"seed": 1.0}, r"^The 'seed' parameter of initialize .* Got 1\.0"),
    ],
)
def test_arguments_outside_their_range(arguments, message):
    with pytest.raises(ParameterError, match=message):
        lw.initialize(NET, **arguments)


def test_all_methods_have_a_variance_here():
    named = {name.partition("_")[0] for name in INITIALIZERS}
    assert named == {"zeros", "normal", "uniform", *VARIANCES}
