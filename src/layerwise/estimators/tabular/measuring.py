"""What trained networks are worth: predictions of the rows that they did not learn from, and what follows from them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from layerwise.engines.blas_threads import one_blas_thread
from layerwise.equations.streams import Purpose, permutation
from layerwise.estimators.tabular.architecture import inputs_of, linear_output
from layerwise.estimators.tabular.calibration import temperature_of
from layerwise.estimators.tabular.data import Arrays, Data
from layerwise.estimators.tabular.evaluation import Evaluation, Importance, evaluated, mean_target
from layerwise.estimators.tabular.importance import gradient_importance, permutation_importance
from layerwise.network import Array, Network
from layerwise.tables import TableEncoder, TargetEncoder
from layerwise.training import TrainingResult, predict

__all__ = ["Measuring"]

SHUFFLED, DERIVED = 50_000, 256
"""How many cells are shuffled, and of how many rows derivatives are taken, to tell the importance of the columns: of
each network's held-out rows."""


class Measuring:
    """The examples that the networks of a fit are measured on.

    Parameters
    ----------
    target : TargetEncoder
    encoder : TableEncoder
    net : Network
    data : Data
    networks : sequence of int
        The numbers of the networks.
    seeds : sequence of int
        Theirs.
    """

    def __init__(
        self,
        target: TargetEncoder,
        encoder: TableEncoder,
        net: Network,
        data: Data,
        networks: Sequence[int],
        seeds: Sequence[int],
    ) -> None:
        self.target, self.encoder, self.net, self.data, self.seeds = target, encoder, net, data, seeds
        self.seen, self.places = data.seen_by(networks)

    def temperature(self, members: Sequence[TrainingResult]) -> float:
        """Return the temperature for the logits of the networks; 1 after a divergence."""
        if _diverged(members):
            return 1.0
        net, looked = linear_output(self.net), self._looked_at()
        logits = [predict(net, member.parameters, X) for member, (X, _, _) in zip(members, looked, strict=True)]
        weights = [np.ones(X.shape[1]) if w is None else w for X, _, w in looked]
        return temperature_of(logits, [Y for _, Y, _ in looked], weights)

    def evaluation(self, members: Sequence[TrainingResult], *, importances: bool = True) -> Evaluation:
        """Predict each row by the mean of the networks that are measured on it."""
        X, Y, w = self.seen
        total, count = np.zeros(Y.shape), np.zeros(Y.shape[1])
        for member, places in zip(members, self.places, strict=True):
            with np.errstate(over="ignore", invalid="ignore"):  # as after a divergence
                total[:, places] += member.predict(X[:, places])
            count[places] += 1
        found = self._importances(members) if importances else []
        constant = mean_target(self.data.examples.Y, self.data.examples.w)
        return evaluated(self.target, total / count, Y, w, found, constant)

    def _importances(self, members: Sequence[TrainingResult]) -> list[Importance]:
        if _diverged(members):
            return []
        columns: dict[str, list[int]] = {}
        for row, place in enumerate(inputs_of(self.encoder.places)):
            columns.setdefault(self.encoder.places[place].column, []).append(row)
        shuffled, derived = [], []
        for member, seed, examples in zip(members, self.seeds, self._looked_at(), strict=True):
            drawn = permutation(examples.m, seed, Purpose.IMPORTANCE, len(columns))
            few = examples.take(np.sort(drawn[: max(DERIVED, min(2000, SHUFFLED // len(columns)))]))
            shuffled.append(permutation_importance(self.net, member.parameters, *few, columns, seed))
            with one_blas_thread():
                some = examples.X[:, np.sort(drawn[:DERIVED])]
                derived.append(gradient_importance(self.net, member.parameters, some, columns))
        return [_mean_importance(name, shuffled, derived) for name in columns]

    def _looked_at(self) -> list[Arrays]:
        whole = self.seen.m
        return [self.seen if len(places) == whole else self.seen.take(places) for places in self.places]


def _mean_importance(
    name: str, shuffled: Sequence[dict[str, float]], derived: Sequence[dict[str, float]]
) -> Importance:
    by_shuffling: Array = np.array([found[name] for found in shuffled])
    return Importance(
        name,
        float(by_shuffling.mean()),
        float(by_shuffling.std()),
        float(np.mean([found[name] for found in derived])),
    )


def _diverged(members: Sequence[TrainingResult]) -> bool:
    return any(member.stopped == "diverged" for member in members)
