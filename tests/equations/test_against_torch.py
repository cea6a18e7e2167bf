"""The update rules beside torch's, where torch is installed."""

import numpy as np
import pytest

import layerwise as lw
from layerwise.equations import Gradients
from layerwise.equations.optimizers import Adam, AdamW, GradientDescent, Momentum, Nesterov, RMSprop

torch = pytest.importorskip("torch")

RULES = {
    "SGD": (GradientDescent(0.1), lambda p: torch.optim.SGD(p, lr=0.1)),
    "momentum": (Momentum(0.1, 0.8), lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.8)),
    "Nesterov": (Nesterov(0.1, 0.8), lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.8, nesterov=True)),
    "RMSprop": (RMSprop(0.1, 0.7, 1e-3), lambda p: torch.optim.RMSprop(p, lr=0.1, alpha=0.7, eps=1e-3)),
    "Adam": (Adam(0.1, 0.8, 0.95, 1e-3), lambda p: torch.optim.Adam(p, lr=0.1, betas=(0.8, 0.95), eps=1e-3)),
    "AdamW": (
        AdamW(0.1, 0.8, 0.95, 1e-3, weight_decay=0.2),
        lambda p: torch.optim.AdamW(p, lr=0.1, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.2),
    ),
}


@pytest.mark.parametrize("name", RULES)
def test_several_steps(name):
    rule, build = RULES[name]
    rng = np.random.default_rng(0)
    theta, state = lw.Parameters([rng.normal(size=(2, 3))], [np.zeros((2, 1))]), None
    weight = torch.nn.Parameter(torch.tensor(theta.W[1].copy()))
    theirs = build([weight])
    for _ in range(10):
        g = rng.normal(size=(2, 3))
        theta, state = rule.step(theta, Gradients([g], [np.zeros((2, 1))]), state)
        weight.grad = torch.tensor(g)
        theirs.step()
    np.testing.assert_allclose(theta.W[1], weight.detach().numpy(), rtol=1e-10)
