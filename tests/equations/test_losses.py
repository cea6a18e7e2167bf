import mpmath
import numpy as np
import pytest
from scipy.special import kl_div

from layerwise import Network, Parameters
from layerwise.equations import backward, cost, forward
from layerwise.equations.losses import CANONICAL, LOSS_TABLE, loss
from layerwise.errors import DataError
from layerwise.vocabulary import LOSSES, choose

RNG = np.random.default_rng(7)


def of(spelling):
    return loss(choose("loss", spelling, LOSSES))


def at_logits(Z, Y, activation, spelling=None):
    """Cost and gradient of one example whose logits are given: W = 0, b = Z."""
    Z = np.asarray(Z, float).reshape(-1, 1)
    net = Network((1, len(Z)), (activation,), spelling)
    theta = Parameters([np.zeros((len(Z), 1))], [Z])
    run = forward(net, theta, np.ones((1, 1)))
    Y = np.reshape(Y, (-1, 1))
    return cost(net, theta, run, Y), backward(net, theta, run, Y)


class TestDefinitions:
    Y_hat, Y = RNG.normal(size=(3, 200)), RNG.normal(size=(3, 200))

    def value(self, spelling):
        return of(spelling).value(self.Y_hat, self.Y_hat, self.Y)

    def test_squared_error_has_the_half(self):
        np.testing.assert_allclose(self.value("squared_error"), (self.Y_hat - self.Y) ** 2 / 2, rtol=1e-15)

    def test_absolute_error(self):
        np.testing.assert_array_equal(self.value("absolute_error"), abs(self.Y_hat - self.Y))

    @pytest.mark.parametrize("delta", [0.3, 1.0, 5.0])
    def test_huber_is_quadratic_inside_and_linear_outside(self, delta):
        r = abs(self.Y_hat - self.Y)
        expected = np.where(r <= delta, r**2 / 2, delta * (r - delta / 2))
        np.testing.assert_allclose(self.value(f"huber({delta})"), expected, rtol=1e-13)

    @pytest.mark.parametrize("q", [0.1, 0.5, 0.9])
    def test_quantile(self, q):
        r = self.Y - self.Y_hat
        np.testing.assert_allclose(self.value(f"quantile({q})"), np.where(r > 0, q * r, (q - 1) * r), rtol=1e-15)

    @pytest.mark.parametrize("q", [0.1, 0.5, 0.8])
    def test_the_best_constant_of_the_quantile_loss_is_the_quantile(self, q):
        y = np.sort(RNG.normal(size=(1, 101)))
        costs = [of(f"quantile({q})").value(c, np.full_like(y, c), y).sum() for c in y[0]]
        assert np.argmin(costs) == np.searchsorted(np.arange(1, 102) / 101, q)

    def test_half_a_quantile_loss_is_half_the_absolute_error(self):
        np.testing.assert_allclose(2 * self.value("quantile"), self.value("absolute_error"))

    def test_poisson_is_the_negative_log_likelihood_without_its_constant(self):
        y = RNG.poisson(3, size=(1, 50)).astype(float)
        z = RNG.normal(size=(1, 50))
        log_y_factorial = np.array([[float(mpmath.log(mpmath.factorial(int(k)))) for k in y[0]]])
        exact = [-mpmath.log(mpmath.exp(-mpmath.exp(r)) * mpmath.exp(r) ** k) for r, k in zip(z[0], y[0], strict=True)]
        np.testing.assert_allclose(of("poisson").value(z, np.exp(z), y)[0], [float(v) for v in exact], rtol=1e-12)
        assert (of("poisson").value(z, np.exp(z), y) + log_y_factorial > 0).all()  # a probability is below 1

    def test_binary_cross_entropy(self):
        z, y = RNG.normal(size=(1, 50)) * 3, RNG.uniform(size=(1, 50))
        a = 1 / (1 + np.exp(-z))
        expected = -(y * np.log(a) + (1 - y) * np.log(1 - a))
        np.testing.assert_allclose(of("binary_cross_entropy").value(z, a, y), expected, rtol=1e-12)

    def test_categorical_cross_entropy_is_entropy_plus_divergence(self):
        Z, Y = RNG.normal(size=(4, 50)) * 3, RNG.dirichlet(np.ones(4), 50).T
        A = np.exp(Z) / np.exp(Z).sum(axis=0)
        expected = (kl_div(Y, A) - Y * np.log(Y) + Y - A).sum(axis=0)  # SciPy's KL has − y + a
        np.testing.assert_allclose(of("categorical_cross_entropy").value(Z, A, Y)[0], expected + (A - Y).sum(axis=0))

    def test_two_classes_cost_the_same_either_way(self):
        z, y = RNG.normal(size=(1, 30)) * 4, RNG.integers(0, 2, (1, 30))
        two = of("categorical_cross_entropy").value(np.vstack([z, 0 * z]), None, np.vstack([y, 1 - y]))
        np.testing.assert_allclose(two, of("binary_cross_entropy").value(z, None, y), rtol=1e-12, atol=1e-15)


class TestTrueNats:
    @pytest.mark.parametrize("z", [40.0, 800.0, 1e5, 1e300])
    def test_a_wrong_and_confident_sigmoid(self, z):
        assert at_logits([z], [0], "sigmoid")[0] == z
        assert at_logits([-z], [1], "sigmoid")[0] == z

    @pytest.mark.parametrize("z", [800.0, 1e5, 1e300])
    def test_a_wrong_and_confident_softmax(self, z):
        assert at_logits([z, 0.0, 0.0], [0, 1, 0], "softmax")[0] == z
        assert at_logits([z, -z / 2, z / 4], [0, 0, 1], "softmax")[0] == pytest.approx(0.75 * z, rel=1e-15)

    def test_a_right_and_confident_prediction_costs_its_tiny_nats(self):
        assert at_logits([40.0], [1], "sigmoid")[0] == pytest.approx(float(mpmath.log(1 + mpmath.exp(-40))), rel=1e-14)
        assert at_logits([-40.0], [0], "sigmoid")[0] == pytest.approx(float(mpmath.exp(-40)), rel=1e-14)

    def test_log_two(self):
        assert at_logits([0.0], [1], "sigmoid")[0] == pytest.approx(np.log(2), rel=1e-15)
        assert at_logits([3.0] * 5, np.eye(5)[2], "softmax")[0] == pytest.approx(np.log(5), rel=1e-15)

    def test_its_derivatives_are_those_of_the_limit(self):
        grad = at_logits([800.0], [0], "sigmoid")[1]
        assert (grad.dZ[1][0, 0], grad.dA[1][0, 0]) == (1.0, np.inf)
        assert at_logits([-800.0], [0], "sigmoid")[1].dA[1][0, 0] == 1.0  # (1 − y)/(1 − ŷ)
        np.testing.assert_array_equal(at_logits([800.0, 0.0], [0, 1], "softmax")[1].dZ[1], [[1.0], [-1.0]])


class TestDerivatives:
    @pytest.mark.parametrize(
        ("spelling", "expected"),
        [
            ("squared_error", [-2.0, -0.5, 0.0, 0.5, 2.0]),
            ("absolute_error", [-1.0, -1.0, 0.0, 1.0, 1.0]),
            ("huber(1)", [-1.0, -0.5, 0.0, 0.5, 1.0]),
            ("huber(0.25)", [-0.25, -0.25, 0.0, 0.25, 0.25]),
            ("quantile(0.75)", [-0.75, -0.75, 0.0, 0.25, 0.25]),
        ],
    )
    def test_by_the_residual(self, spelling, expected):
        residual = np.array([[-2.0, -0.5, 0.0, 0.5, 2.0]])  # ŷ − y
        np.testing.assert_array_equal(of(spelling).derivative(residual + 10, np.full((1, 5), 10.0)), [expected])

    def test_cross_entropies(self):
        a, y = RNG.uniform(0.1, 0.9, (2, 30)), RNG.uniform(size=(2, 30))
        binary, categorical = of("binary_cross_entropy"), of("categorical_cross_entropy")
        np.testing.assert_allclose(binary.derivative(a, y), (a - y) / (a * (1 - a)), rtol=1e-12)
        np.testing.assert_allclose(categorical.derivative(a, y), -y / a, rtol=1e-15)
        np.testing.assert_allclose(of("poisson").derivative(a, y), 1 - y / a, rtol=1e-15)

    @pytest.mark.parametrize(("a", "y", "expected"), [(0.0, 0.0, 1.0), (1.0, 1.0, -1.0), (1.0, 0.0, np.inf)])
    def test_an_output_that_has_rounded_to_its_end(self, a, y, expected):
        with np.errstate(divide="ignore"):
            assert of("binary_cross_entropy").derivative(np.array([[a]]), np.array([[y]]))[0, 0] == expected

    def test_every_loss_is_here_by_name(self):
        assert set(LOSS_TABLE) == {
            "binary_cross_entropy", "categorical_cross_entropy", "squared_error", "absolute_error", "huber", "poisson",
            "quantile",
        }  # fmt: skip


def test_canonical_pairs_exist():
    for output, name in CANONICAL:
        assert Network((2, 3), (output,), name).loss.startswith(name)


class TestLabels:
    def cost(self, net, Y):
        theta = Parameters([np.zeros((net.sizes[1], 1))], [np.zeros((net.sizes[1], 1))])
        return cost(net, theta, forward(net, theta, np.zeros((1, np.shape(Y)[1]))), Y)

    @pytest.mark.parametrize(("value", "shown"), [(2, "2"), (-1, "-1"), (1.5, "1.5")])
    def test_probabilities(self, value, shown):
        with pytest.raises(
            DataError,
            match=r"^cost: with the loss 'binary_cross_entropy' every value of Y must be in \[0, 1\]; use 0/1 labels. "
            rf"Got {shown} in row 0, column 1\.$",
        ):
            self.cost(Network((1, 1), ("sigmoid",)), [[0, value, 1]])

    def test_counts(self):
        with pytest.raises(DataError, match=r"loss 'poisson' every value of Y must be at least 0. Got -0.5 in row 0, "):
            self.cost(Network((1, 1), ("exp",)), [[0, 3, -0.5]])

    def test_distributions_sum_to_one(self):
        net = Network((1, 2), ("softmax",))
        with pytest.raises(
            DataError, match=r"every column of Y must sum to 1 .one-hot labels.*Got the sum 2 in column 1"
        ):
            self.cost(net, [[0, 1, 1], [1, 1, 0]])
        with pytest.raises(DataError, match=r"every value of Y must be at least 0. Got -1 in row 1, column 0"):
            self.cost(net, [[2, 0], [-1, 1]])
        assert self.cost(net, [[0.3, 1], [0.7, 0]]) == pytest.approx(np.log(2))

    @pytest.mark.parametrize(("value", "shown"), [(np.nan, "nan"), (np.inf, "inf"), (-np.inf, "-inf")])
    @pytest.mark.parametrize("activation", ["sigmoid", "identity", "exp"])
    def test_labels_are_finite(self, activation, value, shown):
        with pytest.raises(DataError, match=rf"^cost: Y must be finite. Got {shown} in row 0, column 2\.$"):
            self.cost(Network((1, 1), (activation,)), [[0, 1, value]])
