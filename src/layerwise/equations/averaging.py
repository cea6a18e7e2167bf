"""The average of the parameters over the steps of a run, which often predicts better than the last of them."""

from __future__ import annotations

from layerwise.network import Parameters

__all__ = ["average", "kept_share"]


def kept_share(beta: float, t: int) -> float:
    """Return c_t = min(β, t / (t + 9)): how much of the average step t = 1, 2, ... keeps.

    The first steps keep little, so that the start is forgotten.

    Examples
    --------
    >>> [kept_share(0.9, t) for t in (1, 9, 81, 1000)]
    [0.1, 0.5, 0.9, 0.9]
    """
    return min(beta, t / (t + 9))


def average(mean: Parameters, theta: Parameters, beta: float, t: int) -> Parameters:
    r"""Return the exponential moving average of the parameters after step t.

    .. math::
        \bar\theta \leftarrow c_t \bar\theta + (1 - c_t) \theta, \qquad c_t = \min(\beta, t / (t + 9))

    Parameters
    ----------
    mean, theta : Parameters
        θ̄ before the step, which is the initial θ before the first one; θ after it.
    beta : float
        β, in [0, 1).
    t : int
        Counted from 1.

    Examples
    --------
    >>> start, after = Parameters(W=[[[1.0]]], b=[[[0.0]]]), Parameters(W=[[[11.0]]], b=[[[10.0]]])
    >>> average(start, after, 0.9, t=1).vector
    array([10.,  9.])

    References
    ----------
    Polyak and Juditsky 1992, doi:10.1137/0330046; averages of weights: Izmailov et al. 2018, arXiv:1803.05407; moving
    ones: Morales-Brotons, Vogels and Hendrikx 2024, arXiv:2411.18704.
    """
    c = kept_share(beta, t)
    return Parameters.from_vector(theta.layout, c * mean.vector + (1 - c) * theta.vector)
