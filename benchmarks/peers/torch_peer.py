"""PyTorch: eager with the fused Adam, or a whole step (forward, backward, update) compiled into one function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch
from torch.nn import functional as F  # noqa: N812 - its customary name

from benchmarks.peers import Call, plural, thread_counts
from benchmarks.workloads import Data, Training, Workload
from layerwise.network import Array, Parameters

BLOCK = 8192


class TorchPeer:
    """Parameters are a flat list W[1], b[1], W[2], ...; functions instead of modules, which cost more a call."""

    name = "torch"
    same_batches = True

    def ways(self, workload: Workload, data: Data, threads: int) -> Mapping[str, Callable[[], Call]]:
        """Return the settings worth a try; see `Peer`."""
        if isinstance(workload, Training):
            choices = {"eager": _eager, "compiled step": _compiled}
            return {
                f"{how}, {plural(n)}": lambda train=train, n=n: _with_threads(n, train(workload, data, n))
                for how, train in choices.items()
                for n in thread_counts(threads)
            }
        if workload.rows == 1:
            return {how: lambda how=how: _with_threads(1, _calls(workload, data, None, how)) for how in PREDICTORS}
        return {
            name: lambda how=how, block=block: _with_threads(threads, _calls(workload, data, block, how))
            for how in ("functions", "compiled")
            for name, block in ((how, None), (f"{how}, blocks of {BLOCK:,}", BLOCK))
        }

    def read(self, workload: Workload, outcome: Any) -> Parameters | Array:
        """Return what a call computed; see `Peer`."""
        if not isinstance(workload, Training):
            return outcome.numpy().T
        arrays = [p.detach().numpy() for p in outcome]
        return Parameters(arrays[::2], [b[:, None] for b in arrays[1::2]])


def _with_threads(n: int, call: Call) -> Call:
    def inside() -> Any:
        torch.set_num_threads(n)
        return call()

    return inside


def _parameters(data: Data) -> list[torch.Tensor]:
    pairs = zip(data.theta.W[1:], data.theta.b[1:], strict=True)
    return [torch.from_numpy(array.copy()) for W, b in pairs for array in (W, b.ravel())]


def _tensors(workload: Training, data: Data) -> tuple[torch.Tensor, torch.Tensor, list[torch.Tensor]]:
    """Return the rows, the targets, and the rows of every step."""
    targets = data.targets if workload.output == "sigmoid" else data.labels
    orders = [] if workload.batch is None else [torch.from_numpy(order).split(workload.batch) for order in data.orders]
    return torch.from_numpy(data.X), torch.from_numpy(targets), [rows for order in orders for rows in order]


def _loss(workload: Training, P: list[torch.Tensor], X: torch.Tensor, T: torch.Tensor) -> torch.Tensor:
    act = torch.tanh if workload.hidden == "tanh" else torch.relu
    for W, b in zip(P[:-2:2], P[1:-2:2], strict=True):
        X = act(F.linear(X, W, b))
    Z = F.linear(X, *P[-2:])
    return (F.binary_cross_entropy_with_logits if workload.output == "sigmoid" else F.cross_entropy)(Z, T)


def _eager(workload: Training, data: Data, threads: int) -> Call:
    X, T, batches = _tensors(workload, data)
    rate = workload.learning_rate

    def full() -> list[torch.Tensor]:
        P = [p.requires_grad_() for p in _parameters(data)]
        for _ in range(workload.epochs):
            gradients = torch.autograd.grad(_loss(workload, P, X, T), P)
            with torch.no_grad():
                for p, g in zip(P, gradients, strict=True):
                    p.sub_(g, alpha=rate)
        return P

    def mini() -> list[torch.Tensor]:
        P = [p.requires_grad_() for p in _parameters(data)]
        adam = torch.optim.Adam(P, lr=rate, fused=True)
        for rows in batches:
            # autograd.grad instead of backward(): nothing to set to None, nothing to accumulate
            gradients = torch.autograd.grad(_loss(workload, P, X.index_select(0, rows), T.index_select(0, rows)), P)
            for p, g in zip(P, gradients, strict=True):
                p.grad = g
            adam.step()
        return P

    return mini if workload.batch else full


def _compiled(workload: Training, data: Data, threads: int) -> Call:
    X, T, batches = _tensors(workload, data)
    rate = workload.learning_rate
    gradients = torch.func.grad(partial(_loss, workload))
    torch.set_num_threads(threads)  # goes into the code
    torch.compiler.reset()

    def descend(P: Any, X: Any, T: Any) -> None:
        for p, g in zip(P, gradients(P, X, T), strict=True):
            p.sub_(rate * g)

    def adam(P: Any, M: Any, V: Any, scales: Any, X: Any, T: Any, rows: Any) -> None:
        g = gradients(P, X.index_select(0, rows), T.index_select(0, rows))
        for p, m, v, d in zip(P, M, V, g, strict=True):
            m.mul_(0.9).add_(d, alpha=0.1)
            v.mul_(0.999).addcmul_(d, d, value=0.001)
            p.sub_(scales[0] * m / ((scales[1] * v).sqrt() + 1e-8))

    step = torch.compile(adam if workload.batch else descend, dynamic=False, fullgraph=True)
    corrections = [(rate / (1 - 0.9**t), 1 / (1 - 0.999**t)) for t in range(1, len(batches) + 1)]
    scales = torch.tensor(corrections).unbind()  # tensors: a number that changes would be compiled anew

    @torch.no_grad()
    def full() -> list[torch.Tensor]:
        P = _parameters(data)
        for _ in range(workload.epochs):
            step(P, X, T)
        return P

    @torch.no_grad()
    def mini() -> list[torch.Tensor]:
        P = _parameters(data)
        M, V = ([torch.zeros_like(p) for p in P] for _ in range(2))
        for rows, scale in zip(batches, scales, strict=True):
            step(P, M, V, scale, X, T, rows)
        return P

    return mini if workload.batch else full


def _functions(P: list[torch.Tensor]) -> Call:
    def predict(X: torch.Tensor) -> torch.Tensor:
        for W, b in zip(P[:-2:2], P[1:-2:2], strict=True):
            X = torch.relu_(F.linear(X, W, b))
        return torch.softmax(F.linear(X, *P[-2:]), 1)

    return predict


def _compiled_functions(P: list[torch.Tensor]) -> Call:
    return torch.compile(_functions(P), dynamic=False, fullgraph=True)


def _modules(P: list[torch.Tensor]) -> Call:
    layers: list[torch.nn.Module] = []
    for W, b in zip(P[::2], P[1::2], strict=True):
        layers += [torch.nn.Linear(*W.T.shape), torch.nn.ReLU()]
        layers[-2].load_state_dict({"weight": W, "bias": b})
    return torch.nn.Sequential(*layers[:-1], torch.nn.Softmax(1)).eval()


PREDICTORS = {"functions": _functions, "compiled": _compiled_functions, "modules": _modules}


def _calls(workload: Workload, data: Data, block: int | None, how: str) -> Call:
    predict, X = PREDICTORS[how](_parameters(data)), torch.from_numpy(data.X)
    blocks = X.split(block or len(X))

    @torch.inference_mode()
    def call() -> torch.Tensor:
        for _ in range(workload.units):
            Y_hat = [predict(rows) for rows in blocks]
        return Y_hat[0] if len(Y_hat) == 1 else torch.cat(Y_hat)

    return call


PEER = TorchPeer()
