"""What a scan shows beside the course: an offset that stays with the person, and noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neuropil.progression.alignment.limits import NO_LIMITS, Limits
from neuropil.progression.alignment.scans import Scans

__all__ = ["NoiseModel", "estimate_noise"]

Floats = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]

# Least standard deviation, in shares: a course that goes through every point would make each stage
# certain, and the likelihood infinite.
_SMALLEST = 1e-6
# Of the quadrature over the offset. With an offset up to the noise of a scan, nine are within 1e-3
# of 40 in the log likelihood of four scans.
_NODES = 9
# In which the scatter, and which values are far from a limit by it, settle.
_ROUNDS = 4
# Values far from the limits on which an estimate may rest; with fewer, all values are used.
_FEWEST = 100


@dataclass(frozen=True, slots=True)
class NoiseModel:
    """Standard deviations of what is not on the course.

    Without the offset, several scans of one person would count as several people, and his interval
    would be too short.

    Parameters
    ----------
    offset : float
        Of what a person has more or less in a region at all scans.
    scan : float
        Of what a single scan has more or less in a region.
    limits : Limits
        Where values end: a value there says only that it would be there or beyond.
    """

    offset: float
    scan: float
    limits: Limits = NO_LIMITS

    @property
    def total(self) -> float:
        """Standard deviation of one value around the course."""
        return float(np.hypot(self.offset, self.scan))

    def measure_misfit(self, values: Floats, expected: Floats, known: Floats) -> Floats:
        """Return minus twice the log likelihood of one person, up to a constant.

        Parameters
        ----------
        values : (s, n) array
            Of s scans of one person.
        expected : (s, g, n) array
            The course at the times of these scans, for each of g stages.
        known : (s, n) array
            1 where a region was measured, 0 elsewhere.

        Returns
        -------
        (g,) array
            Sum over regions. Offsets of regions are taken as independent.
        """
        low, high = values <= self.limits.floor, values >= self.limits.ceiling
        cut = ((low | high) & (known > 0)).any(axis=0)
        # Which regions are cut depends on the scans alone: all stages share the two sums.
        residuals = values[:, None] - expected
        total = self._measure_whole(residuals[..., ~cut], known[:, ~cut])
        if cut.any():
            sides = (high.astype(np.int8) - low)[:, cut]
            total += self._measure_cut(residuals[..., cut], known[:, cut], sides)
        return total

    def _measure_whole(self, residuals: Floats, known: Floats) -> Floats:
        """Return e' (scan^2 I + offset^2 11')^-1 e, by the formula of Sherman and Morrison."""
        weights = known[:, None]
        squares = (weights * residuals**2).sum(axis=0)
        sums = (weights * residuals).sum(axis=0)
        shared = self.offset**2 / (self.scan**2 + known.sum(axis=0) * self.offset**2)
        total: Floats = (squares - shared * sums**2).sum(axis=-1) / self.scan**2
        return total

    def _measure_cut(self, residuals: Floats, known: Floats, sides: npt.NDArray[np.int8]) -> Floats:
        """Integrate over the offset of regions of which a value is at a limit."""
        from scipy.special import log_ndtr, logsumexp

        # With one scan offset and noise act as one, and the integral has a closed form.
        alone = len(residuals) == 1
        nodes, weights = (
            (np.zeros(1), np.ones(1)) if alone else np.polynomial.hermite_e.hermegauss(_NODES)
        )
        sigma = self.total if alone else self.scan
        logs = np.broadcast_to(np.log(weights / weights.sum()), (*residuals.shape[1:], len(nodes)))
        logs = logs.copy()
        for residual, seen, side in zip(residuals, known, sides, strict=True):
            z = (residual[..., None] - self.offset * nodes) / sigma
            beyond = side[:, None]
            # At a limit the residual is the way from the course to it: P(e >= r) or P(e <= r).
            terms = np.where(beyond == 0, -(z**2) / 2, log_ndtr(np.where(beyond > 0, -z, z)))
            logs += seen[:, None] * terms
        total: Floats = -2 * logsumexp(logs, axis=-1).sum(axis=-1)
        return total


def estimate_noise(expected: Floats, scans: Scans, limits: Limits | None = None) -> NoiseModel:
    """Estimate both standard deviations from aligned people.

    Parameters
    ----------
    expected : (n_scans, n_regions) array
        The course at the stages of training people.
    scans : Scans
        Their scans.
    limits : Limits, optional
        Where values end. Values of the course near a limit are left out: noise is smaller there.

    Returns
    -------
    NoiseModel
        Noise of a scan from the differences between scans of one person, and the offset from what
        is left of the mean square. Where nobody was seen twice, all is noise of the scan: with one
        scan a person the two act alike.

    References
    ----------
    Searle, Casella and McCulloch 1992, Variance Components, chapter 4, for estimates by analysis of
    variance.
    """
    ends = limits or NO_LIMITS
    residuals = scans.values - expected
    found = _estimate(residuals, scans.known, scans, ends)
    for _ in range(_ROUNDS):
        far = scans.known * np.asarray(ends.are_far(expected, found.total))  # type: ignore[arg-type]
        if far.sum() < _FEWEST:
            return found
        found = _estimate(residuals, far, scans, ends)
    return found


def _estimate(residuals: Floats, used: Floats, scans: Scans, limits: Limits) -> NoiseModel:
    counts, sums = (np.zeros((scans.n_people, residuals.shape[1])) for _ in range(2))
    np.add.at(counts, scans.owners, used)
    np.add.at(sums, scans.owners, used * residuals)
    means = sums / np.maximum(counts, 1)
    within = used * (residuals - means[scans.owners]) ** 2
    # Degrees of freedom within people: each region of each person has used one for its mean.
    repeats = np.maximum(counts - 1, 0).sum()
    total = float((used * residuals**2).sum() / used.sum())
    scan = float(within.sum() / repeats) if repeats else total
    # Chance can make the first the larger one; a variance is 0 or more.
    offset = max(total - scan, 0.0)
    return NoiseModel(float(np.sqrt(offset)), max(float(np.sqrt(scan)), _SMALLEST), limits)
