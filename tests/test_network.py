import copy
import dataclasses
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import layerwise as lw
from layerwise.errors import DataError, NetworkWarning, ParameterError, ShapeError
from layerwise.vocabulary import ACTIVATIONS, LOSSES, Choice, choose
from oracles import laws, random_parameters


class TestNetwork:
    def test_words_of_the_course(self):
        net = lw.Network([2, 4, 3], ["tanh", "softmax"])
        assert (net.sizes, net.n, net.L) == ((2, 4, 3), (2, 4, 3), 2)
        assert net.activations == ("tanh", "softmax")
        assert net.n_parameters == (2 + 1) * 4 + (4 + 1) * 3

    def test_sizes_may_be_numpy_integers(self):
        assert lw.Network(np.array([2, 4, 1]), ("relu", "sigmoid")).sizes == (2, 4, 1)

    @pytest.mark.parametrize(
        ("output", "loss"),
        [
            ("sigmoid", "binary_cross_entropy"),
            ("softmax", "categorical_cross_entropy"),
            ("exp", "poisson"),
            *((name, "squared_error") for name in ACTIVATIONS if name not in ("sigmoid", "softmax", "exp")),
        ],
    )
    def test_no_loss_picks_by_the_output(self, output, loss):
        assert lw.Network((2, 3), (output,)).loss == loss

    def test_synonyms_and_settings_have_one_spelling(self):
        net = lw.Network((2, 2, 2, 2, 1), ("swish", "leaky_relu( 0.2 )", "elu", "linear"), "huber(2)")
        assert net.activations == ("silu", "leaky_relu(slope=0.2)", "elu(alpha=1)", "identity")
        assert net.loss == "huber(delta=2)"
        assert net.g[2]["slope"] == 0.2  # by layer number
        assert net.loss_choice == Choice("huber", (("delta", 2.0),))

    def test_equal_networks_are_equal(self):
        one = lw.Network((2, 3, 1), ("leaky_relu", "sigmoid"))
        same = lw.Network([2, 3, 1], ["leaky_relu(slope=0.01)", "sigmoid"], loss="binary_cross_entropy")
        assert one == same
        assert hash(one) == hash(same)
        assert one != lw.Network((2, 3, 1), ("relu", "sigmoid"))
        assert one != lw.Network((2, 3, 1), ("leaky_relu", "sigmoid"), "squared_error")

    def test_it_cannot_be_changed(self):
        with pytest.raises(dataclasses.FrozenInstanceError):
            lw.Network((2, 1), ("sigmoid",)).loss = "huber"

    def test_configuration_is_json_and_builds_it_again(self):
        net = lw.Network((2, 3, 1), ("leaky_relu(0.3)", "identity"), "quantile(0.9)")
        assert lw.Network(**json.loads(json.dumps(net.to_config()))) == net
        assert repr(net) == (
            "Network(sizes=(2, 3, 1), activations=('leaky_relu(slope=0.3)', 'identity'), loss='quantile(q=0.9)')"
        )

    def test_a_copy_is_equal(self):
        net = lw.Network((2, 3, 1), ("elu(0.5)", "identity"), "huber(2)")
        assert copy.deepcopy(net) == net
        assert copy.deepcopy(net).g == net.g

    @pytest.mark.parametrize("sizes", [3, "21", (3,), (), None, {2, 1}])
    def test_sizes_are_a_list(self, sizes):
        with pytest.raises(ParameterError, match=r"'sizes' parameter of Network must list at least two sizes.*Got"):
            lw.Network(sizes, ("sigmoid",))

    @pytest.mark.parametrize("size", [0, -1, 2.0, True, "2", None])
    def test_each_size_is_a_count(self, size):
        with pytest.raises(ParameterError, match=r"'sizes\[1\]' parameter of Network must be an int in .*\[1, inf\)"):
            lw.Network((2, size), ("sigmoid",))

    @pytest.mark.parametrize("activations", ["sigmoid", None, 3])
    def test_activations_are_a_list(self, activations):
        with pytest.raises(ParameterError, match=r"'activations' parameter of Network must be a sequence with one"):
            lw.Network((2, 1), activations)

    def test_there_is_one_activation_a_layer(self):
        with pytest.raises(ParameterError, match=r"one name for each of the L = 2 layers.*Got 1: \('relu',\)"):
            lw.Network((2, 3, 1), ("relu",))

    def test_an_unknown_activation_is_named(self):
        with pytest.raises(ParameterError, match=r"^Unknown activation 'rely'\. Did you mean 'relu'\?$"):
            lw.Network((2, 3, 1), ("rely", "sigmoid"))

    def test_an_unknown_loss_is_named(self):
        with pytest.raises(ParameterError, match=r"^Unknown loss 'squared_eror'\. Did you mean 'squared_error'\?$"):
            lw.Network((2, 1), ("identity",), "squared_eror")

    @pytest.mark.parametrize("name", ["softmax", "exp"])
    def test_output_activations_stay_at_the_output(self, name):
        with pytest.raises(
            ParameterError, match=f"^The activation '{name}' is for the output layer. Got it in layer 1"
        ):
            lw.Network((2, 3, 2), (name, "softmax"))

    def test_softmax_needs_two_units(self):
        with pytest.raises(ParameterError, match=r"^A softmax over one unit is always 1: use 'sigmoid'"):
            lw.Network((2, 1), ("softmax",))

    @pytest.mark.parametrize(
        ("loss", "output"),
        [("binary_cross_entropy", "sigmoid"), ("categorical_cross_entropy", "softmax"), ("poisson", "exp")],
    )
    def test_losses_from_logits_need_their_output(self, loss, output):
        with pytest.raises(ParameterError, match=f"loss '{loss}' needs the output activation '{output}'. Got 'tanh'"):
            lw.Network((2, 2), ("tanh",), loss)
        assert lw.Network((2, 2), (output,), loss).loss == loss

    def test_linear_hidden_layers_are_warned_of(self):
        with pytest.warns(NetworkWarning, match=r"Every hidden layer of this network is linear.*'relu' or 'tanh'"):
            lw.Network((2, 3, 3, 1), ("identity", "linear", "sigmoid"))
        lw.Network((2, 3, 3, 1), ("identity", "tanh", "sigmoid"))  # a bottleneck is meant: no warning


class TestChoose:
    @pytest.mark.parametrize(
        "spelling", ["", "relu()", "relu relu", "leaky_relu(slope=)", "a(b(c))", None, 3, "huber(1"]
    )
    def test_a_spelling_that_cannot_be_read(self, spelling):
        with pytest.raises(ParameterError, match=r"^The activation must be a name such as 'identity', or a name with"):
            choose("activation", spelling, ACTIVATIONS)

    def test_a_setting_where_there_is_none(self):
        with pytest.raises(ParameterError, match=r"^The activation 'relu' has no settings. Got 'relu\(0.1\)' instead"):
            choose("activation", "relu(0.1)", ACTIVATIONS)

    def test_an_unknown_setting(self):
        with pytest.raises(ParameterError, match=r"^Unknown setting of leaky_relu 'slop'\. Did you mean 'slope'\?"):
            choose("activation", "leaky_relu(slop=0.1)", ACTIVATIONS)

    @pytest.mark.parametrize(
        ("kind", "spelling", "message"),
        [
            (ACTIVATIONS, "leaky_relu(1)", r"'slope' parameter of leaky_relu must be .*\[0, 1\)\. Got 1.0"),
            (ACTIVATIONS, "leaky_relu(-0.1)", r"'slope' parameter of leaky_relu .* Got -0.1"),
            (ACTIVATIONS, "elu(0)", r"'alpha' parameter of elu must be .*\(0, inf\)"),
            (ACTIVATIONS, "elu(steep)", r"'alpha' parameter of elu .* Got 'steep'"),
            (LOSSES, "huber(nan)", r"'delta' parameter of huber .* Got nan"),
            (LOSSES, "huber(inf)", r"'delta' parameter of huber .* Got inf"),
            (LOSSES, "quantile(q=1)", r"'q' parameter of quantile must be .*\(0, 1\)"),
        ],
    )
    def test_a_setting_outside_its_range(self, kind, spelling, message):
        with pytest.raises(ParameterError, match=message):
            choose("name", spelling, kind)

    @laws
    @given(st.floats(0, 1, exclude_max=True))
    def test_a_spelling_keeps_every_digit(self, slope):
        choice = choose("activation", f"leaky_relu(slope={slope!r})", ACTIVATIONS)
        assert choice["slope"] == slope
        assert choose("activation", str(choice), ACTIVATIONS) == choice
        assert choose("activation", choice, ACTIVATIONS) == choice


class TestParameters:
    def test_layers_are_views_of_one_vector(self):
        W, b = random_parameters((2, 4, 1), np.random.default_rng(0))
        theta = lw.Parameters(W, b)
        assert (theta.W[0], theta.b[0]) == (None, None)
        assert theta.sizes == (2, 4, 1)
        np.testing.assert_array_equal(theta.vector, np.concatenate([x.ravel() for x in (*W[1:], *b[1:])]))
        for l in (1, 2):
            np.testing.assert_array_equal(theta.W[l], W[l])
            np.testing.assert_array_equal(theta.b[l], b[l])
        theta.vector[:] = 7
        assert all((theta.W[l] == 7).all() and (theta.b[l] == 7).all() for l in (1, 2))
        theta.W[2][0, 3] = 5
        assert theta.vector[4 * 2 + 3] == 5

    def test_the_weights_come_first(self):
        theta = lw.Parameters(*random_parameters((2, 4, 1), np.random.default_rng(0)))
        assert theta.n_weights == 12
        assert np.shares_memory(theta.weights, theta.vector)
        np.testing.assert_allclose(theta.weights @ theta.weights, (theta.W[1] ** 2).sum() + (theta.W[2] ** 2).sum())

    def test_what_is_given_is_copied(self):
        W, b = random_parameters((2, 1), np.random.default_rng(0))
        theta, before = lw.Parameters(W, b), W[1].copy()
        theta.vector[:] = 0
        np.testing.assert_array_equal(W[1], before)

    @pytest.mark.parametrize(
        ("given", "kept"),
        [("float32", "float32"), ("float64", "float64"), ("int64", "float64"), ("float16", "float64"), (">f8", "<f8")],
    )
    def test_floating_type(self, given, kept):
        theta = lw.Parameters([np.ones((1, 2), given)], [np.ones((1, 1), given)])
        assert theta.dtype == np.dtype(kept)
        assert theta.W[1].dtype == theta.b[1].dtype == np.dtype(kept)

    def test_mixed_types_take_the_wider(self):
        assert lw.Parameters([np.ones((1, 2), "float32")], [np.ones((1, 1))]).dtype == np.float64

    @pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy])
    def test_the_layers_of_a_copy_are_views_too(self, duplicate):
        theta = duplicate(lw.Parameters(*random_parameters((2, 3, 1), np.random.default_rng(0))))
        theta.vector[:] = 7
        assert (theta.W[1] == 7).all()
        assert (theta.b[2] == 7).all()

    def test_copies_share_no_memory(self):
        theta = lw.Parameters(*random_parameters((2, 3, 1), np.random.default_rng(0)))
        for other in (theta.copy(), theta.astype("float64"), copy.deepcopy(theta)):
            assert not np.shares_memory(other.vector, theta.vector)
            np.testing.assert_array_equal(other.vector, theta.vector)
        assert theta.astype("float32").dtype == np.float32

    def test_repr(self):
        assert repr(lw.Parameters([np.ones((3, 2))], [np.ones((3, 1))])) == "Parameters(2-3, float64, 9 numbers)"

    @pytest.mark.parametrize(
        ("W", "b", "message"),
        [
            ([], [], r"W and b must have one array for each layer. Got 0 and 0"),
            ([[[1.0]]], [], r"W and b must have one array for each layer. Got 1 and 0"),
            ([[[1.0]], None], [[[1.0]], [[1.0]]], r"W must have an array for each layer 1..L. Got None among them"),
            ([[1.0, 2.0]], [[[1.0]]], r"^W\[1\] must have shape \(n\[1\], n\[0\]\) = \(n\[1\], n\[0\]\). Got \(2,\)"),
            ([[[1.0]], [[1.0, 2.0]]], [[[1.0]], [[1.0]]], r"^W\[2\] must .* = \(n\[2\], 1\). Got \(1, 2\)"),
            ([[[1.0], [2.0]]], [[1.0, 2.0]], r"^b\[1\] must .* = \(2, 1\). Got \(2,\). Use b.reshape\(2, 1\)\.$"),
            ([[[1.0], [2.0]]], [[[1.0, 2.0]]], r"^b\[1\] must have shape \(n\[1\], 1\) = \(2, 1\). Got \(1, 2\)\.$"),
        ],
    )
    def test_shapes_form_a_chain(self, W, b, message):
        with pytest.raises(ShapeError, match=message):
            lw.Parameters(W, b)

    @pytest.mark.parametrize("weight", [[["a"]], [[1j]], [[1.0], [1.0, 2.0]], [[{}]]])
    def test_they_are_numbers(self, weight):
        with pytest.raises(DataError, match=r"^Parameters: W\[1\] must be an array of numbers. Got"):
            lw.Parameters([weight], [[[0.0]]])


class TestLayersAreViews:
    def test_whatever_way_a_layer_is_set_the_vector_follows(self):
        theta = lw.Parameters(W=[np.ones((2, 3)), np.ones((1, 2))], b=[np.zeros((2, 1)), np.zeros((1, 1))])
        theta.W[1] = np.full((2, 3), 5.0)
        theta.b[1] -= 2.0
        theta.W[2] += 1.0
        theta.b[2][0, 0] = 7.0
        np.testing.assert_array_equal(theta.vector, [5] * 6 + [2] * 2 + [-2] * 2 + [7])
        assert all(np.shares_memory(a, theta.vector) for a in (*theta.W[1:], *theta.b[1:]))

    @pytest.mark.parametrize("l", [0, 1])
    def test_a_layer_keeps_its_shape(self, l):
        theta = lw.Parameters(W=[np.ones((2, 3))], b=[np.zeros((2, 1))])
        with pytest.raises(ShapeError, match=rf"the array of layer {l} must keep its shape .* Got \(3, 2\)"):
            theta.W[l] = np.ones((3, 2))
