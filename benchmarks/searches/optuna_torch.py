"""Optuna's grid sampler over trainings in torch: tensors made once, Adam, a loop of one's own, no DataLoader."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import optuna
import torch
from torch.nn import functional as F  # noqa: N812 - its customary name

from benchmarks.measuring import seconds
from benchmarks.peers import plural, thread_counts
from benchmarks.report import duration
from benchmarks.searches import data
from benchmarks.searches.grid import OPTUNA, Found, GridSearch
from benchmarks.searches.measuring import Conditions

Tensors = tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]
Train = Callable[[GridSearch, dict[str, Any], Tensors], list[torch.Tensor]]
PILOT = 2
"""Settings on which the ways are compared, in a fifth of the epochs; the fastest one goes through the whole grid."""


def fastest(job: GridSearch, X: Any, y: Any, given: Conditions) -> tuple[str, Callable[[], Found]]:
    """Return the fastest way by name, and the whole search that goes it."""
    tensors = folds_of(X, y)
    ways = {
        f"{how}, {plural(n)}, {trials} at a time": (train, n, trials)
        for how, train in (("eager", eager), ("compiled step", compiled))
        for n in thread_counts(given.threads)
        for trials in ((1, given.threads) if n == 1 else (1,))
    }
    pilot, settings, taken = replace(job, epochs=max(1, job.epochs // 5)), job.settings[:PILOT], {}
    for name, way in ways.items():
        try:
            search(replace(job, epochs=1), tensors, *way, settings)  # compiles and warms up
            taken[name], _ = seconds(functools.partial(search, pilot, tensors, *way, settings))
        except Exception as error:  # of the compiler
            given.say(f"  {OPTUNA}, {name}, is left out: {type(error).__name__}")
            continue
        given.say(f"  {OPTUNA}, {name}: {duration(taken[name])} for {PILOT} settings of {pilot.epochs} epochs")
    best = min(taken, key=taken.__getitem__)
    return best, functools.partial(search, job, tensors, *ways[best])


def folds_of(X: Any, y: Any) -> list[Tensors]:
    """Return (X, y) of the training and of the test rows of each fold."""
    both = torch.from_numpy(X), torch.from_numpy(y)
    split = [map(torch.from_numpy, rows) for rows in data.folds().split(X, y)]
    return [(both[0][train], both[1][train], both[0][test], both[1][test]) for train, test in split]


def search(
    job: GridSearch,
    tensors: Sequence[Tensors],
    train: Train,
    threads: int,
    trials: int,
    settings: Sequence[dict[str, Any]] | None = None,
) -> Found:
    """Go through the grid, or through some settings, `trials` at a time in threads of Python."""

    def objective(trial: optuna.Trial) -> float:
        torch.set_num_threads(threads)  # of this thread of Python
        chosen = {name: trial.suggest_categorical(name, list(values)) for name, values in job.grid.items()}
        scores = [accuracy(chosen, train(job, chosen, fold), fold) for fold in tensors]
        trial.set_user_attr("scores", scores)
        return sum(scores) / len(scores)

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    grid = {name: list(values) for name, values in job.grid.items()}
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.GridSampler(grid, seed=0))
    for setting in settings or ():
        study.enqueue_trial(setting)
    study.optimize(objective, n_trials=len(settings or job.settings), n_jobs=trials)
    tried = {tuple(trial.params.values()) for trial in study.trials}
    return Found(dict(study.best_params), study.best_trial.user_attrs["scores"], len(tried))


def initial(job: GridSearch, chosen: dict[str, Any], fold: Tensors, generator: torch.Generator) -> list[torch.Tensor]:
    """Return W[1], b[1], W[2], ... as scikit-learn draws them, uniform by Glorot's rule."""
    sizes = (fold[0].shape[1], *job.hidden, int(fold[1].max()) + 1)
    P = []
    for before, n in pairwise(sizes):
        bound = math.sqrt(6 / (before + n))
        P += [(2 * torch.rand(shape, generator=generator) - 1) * bound for shape in ((n, before), (n,))]
    return P


def batches(job: GridSearch, fold: Tensors, generator: torch.Generator) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Yield the rows and classes of every step of every epoch; an epoch gathers its rows once."""
    for _ in range(job.epochs):
        order = torch.randperm(len(fold[0]), generator=generator)
        yield from zip(fold[0][order].split(job.batch), fold[1][order].split(job.batch), strict=True)


def logits(activation: str, P: Sequence[torch.Tensor], X: torch.Tensor) -> torch.Tensor:
    act = torch.tanh if activation == "tanh" else torch.relu
    for W, b in zip(P[:-2:2], P[1:-2:2], strict=True):
        X = act(F.linear(X, W, b))
    return F.linear(X, *P[-2:])


def accuracy(chosen: dict[str, Any], P: Sequence[torch.Tensor], fold: Tensors) -> float:
    with torch.inference_mode():
        return float((logits(chosen["activation"], P, fold[2]).argmax(1) == fold[3]).float().mean())


def eager(job: GridSearch, chosen: dict[str, Any], fold: Tensors) -> list[torch.Tensor]:
    """Train with the fused Adam; alpha/2m Σ‖W‖² is its weight decay, which it adds to the gradient."""
    generator = torch.Generator().manual_seed(0)
    P = [p.requires_grad_() for p in initial(job, chosen, fold, generator)]
    groups = [{"params": P[::2], "weight_decay": chosen["alpha"] / job.batch}, {"params": P[1::2]}]
    adam = torch.optim.Adam(groups, lr=chosen["learning_rate_init"], fused=True)
    for X, y in batches(job, fold, generator):
        # autograd.grad instead of backward(): nothing to set to None, nothing to accumulate
        J = F.cross_entropy(logits(chosen["activation"], P, X), y)
        for p, g in zip(P, torch.autograd.grad(J, P), strict=True):
            p.grad = g
        adam.step()
    return [p.detach() for p in P]


def adam_step(activation: str, P: Any, M: Any, V: Any, scales: Any, decay: Any, X: Any, y: Any) -> None:
    """Forward, backward and Adam with both corrections in `scales`: one function, to be compiled."""
    gradients = torch.func.grad(lambda P: F.cross_entropy(logits(activation, P, X), y))(P)
    for p, m, v, g in zip(P, M, V, gradients, strict=True):
        if p.ndim == 2:
            g = g + decay * p
        m.mul_(0.9).add_(g, alpha=0.1)
        v.mul_(0.999).addcmul_(g, g, value=0.001)
        p.sub_(scales[0] * m / ((scales[1] * v).sqrt() + 1e-8))


@functools.cache
def compiled_step(activation: str, threads: int) -> Callable[..., None]:
    """Return the step of whole batches; the number of threads goes into its code."""
    return torch.compile(functools.partial(adam_step, activation), dynamic=False, fullgraph=True)


@torch.no_grad()
def compiled(job: GridSearch, chosen: dict[str, Any], fold: Tensors) -> list[torch.Tensor]:
    """Train with a compiled step; what changes from step to step or setting to setting is a tensor."""
    generator = torch.Generator().manual_seed(0)
    P = initial(job, chosen, fold, generator)
    M, V = ([torch.zeros_like(p) for p in P] for _ in range(2))
    steps = job.epochs * math.ceil(len(fold[0]) / job.batch)
    rate, decay = chosen["learning_rate_init"], torch.tensor(chosen["alpha"] / job.batch)
    scales = torch.tensor([(rate / (1 - 0.9**t), 1 / (1 - 0.999**t)) for t in range(1, steps + 1)]).unbind()
    whole = compiled_step(chosen["activation"], torch.get_num_threads())
    rest = functools.partial(adam_step, chosen["activation"])  # the last batch of an epoch is smaller
    for scale, (X, y) in zip(scales, batches(job, fold, generator), strict=True):
        (whole if len(X) == job.batch else rest)(P, M, V, scale, decay, X, y)
    return P
