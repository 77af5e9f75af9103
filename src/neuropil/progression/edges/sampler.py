"""Spike and slab: which edges are there and how strong they are, drawn one after the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt
from jaxtyping import Array, Float, PRNGKeyArray

from neuropil.contracts import ConfigError
from neuropil.progression.edges.odds import PriorOdds

__all__ = ["EdgeDraws", "SlabPlan", "draw_edges"]

Floats = npt.NDArray[np.float64]
_Three: TypeAlias = tuple[Array, Array, Array]

# Pairs that are updated between two products with the whole Gram matrix.
_BLOCK = 34
# Odds of the pairs that fill up the last block: no data can turn e^-40.
_NEVER = -40.0
# Newton steps to the level at which odds have their density; six are exact to rounding.
_LEVEL_STEPS = 8
# Metropolis steps in standard deviations of what is moved: the best length in one dimension
# (Roberts, Gelman and Gilks 1997, Ann. Appl. Probab. 7:110).
_SCALE_STEP = 2.4
# Of slopes and density, in their own units: about a third to a half are taken at 450 edges.
_SLOPE_STEP, _DENSITY_STEP = 0.1, 0.12
# Standard deviation of the logarithm of the mean weight around where it begins: a factor of e
# either way, so that a graph without edges could not let it run away.
_SCALE_DOUBT = 1.0
_TRIES = 4  # Metropolis steps a sweep: each costs a thousandth of the sweep itself.


@dataclass(frozen=True, slots=True)
class SlabPlan:
    """The prior of weights, and how long is drawn.

    Parameters
    ----------
    density : float
        Share of the pairs that are edges, most probably.
    doubt : float
        Standard deviation of the logit of the density; 0 where it is known.
    ratio : float
        Standard deviation of the weights of edges, as a share of their mean, which is learnt.
    chains : int
        Chains of draws, side by side. On a planted cohort the noise of the draws took .004 from
        the area under the curve with one chain, .0003 with six; side by side, a chain more costs a
        fraction of the first.
    burn_in : int
        Sweeps of each chain that are not counted.
    sweeps : int
        Sweeps of each chain that are.
    temper : float
        Power of the likelihood; 1 is Bayes' theorem.

    Raises
    ------
    ConfigError
        When a number is outside its range.
    """

    density: float = 0.2
    doubt: float = 0.0
    ratio: float = 0.4
    chains: int = 12
    burn_in: int = 40
    sweeps: int = 160
    temper: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.density < 1 or self.doubt < 0 or self.ratio <= 0:
            raise ConfigError(
                "expected a density between 0 and 1, a doubt of 0 or more and a ratio above 0, "
                f"found {self.density!r}, {self.doubt!r} and {self.ratio!r}",
                where="SlabPlan",
                repair="A fifth of all pairs is 0.2.",
            )
        if min(self.chains, self.sweeps) < 1 or self.burn_in < 0:
            raise ConfigError(
                f"expected at least one chain and one sweep, found {self.chains} and "
                f"{self.sweeps}, after {self.burn_in} that are not counted",
                where="SlabPlan",
                repair="Draw more.",
            )


class EdgeDraws(NamedTuple):
    """What the draws say about each pair and about the prior.

    Parameters
    ----------
    probability : (n_chains, n_pairs) array
        Probability that the pair is an edge, in each chain.
    mean, square : (n_pairs,) array
        Mean of its weight and of the weight's square, 0 where there is no edge.
    scale : (n_chains, n_sweeps) array
        Mean weight of edges in each sweep that is counted.
    density : (n_chains, n_sweeps) array
        Density of the prior.
    slopes : (n_chains, n_sweeps, n_sources) array
        Slopes of its odds.
    """

    probability: Floats
    mean: Floats
    square: Floats
    scale: Floats
    density: Floats
    slopes: Floats


class _Problem(NamedTuple):
    """Arrays of the compiled program."""

    gram: Float[Array, "p p"]
    target: Float[Array, " p"]
    offset: Float[Array, " p"]
    evidence: Float[Array, "p s"]
    is_pair: Float[Array, " p"]
    slope: Float[Array, " two"]
    logit: Float[Array, " two"]
    ratio: Float[Array, ""]
    log_scale: Float[Array, ""]


class _State(NamedTuple):
    weights: Float[Array, " p"]
    log_scale: Float[Array, ""]
    logit: Float[Array, ""]
    slopes: Float[Array, " s"]


def draw_edges(
    likelihood: tuple[Floats, Floats], odds: PriorOdds, plan: SlabPlan, scale: float, seed: int
) -> EdgeDraws:
    """Draw edges and weights from their posterior under a Gaussian likelihood.

    The log-likelihood of weights w is t w - w G w / 2. A pair is an edge with its prior odds, and
    then has a normal weight around a mean common to all; otherwise its weight is 0. In each sweep
    every pair is drawn given all others, with its weight averaged out, and then its weight; after
    it the mean, the density and the slopes of the odds are moved by Metropolis' rule.

    Parameters
    ----------
    likelihood : tuple of (n_pairs, n_pairs) array and (n_pairs,) array
        G and t.
    odds : PriorOdds
        Of each pair.
    plan : SlabPlan
        Prior of weights and length.
    scale : float
        Most probable mean weight of edges, before the data; right within a factor of a few.
    seed : int
        Seed of the draws.

    Returns
    -------
    EdgeDraws
        Means over the sweeps that are counted.

    References
    ----------
    George and McCulloch 1997, Statistica Sinica 7:339, eq. 16, for draws with the weight averaged
    out.
    """
    # Drawn on the scale of the logit, on which a density cannot leave its range.
    n_pairs = len(odds.offset)
    logit = float(np.log(plan.density / (1 - plan.density)))
    with jax.enable_x64(True):
        gram, target = (plan.temper * part for part in likelihood)
        problem = _Problem(
            jnp.asarray(_fill(gram)),
            jnp.asarray(_fill(target)),
            jnp.asarray(_fill(odds.offset)),
            jnp.asarray(_fill(odds.evidence, axes=1)),
            jnp.asarray(_fill(np.ones(n_pairs))),
            jnp.asarray(odds.slope, np.float64),
            jnp.asarray([logit, plan.doubt]),
            jnp.asarray(plan.ratio, np.float64),
            jnp.asarray(np.log(scale), np.float64),
        )
        # Every chain begins with the graph that the prior alone would draw.
        rng = np.random.default_rng(seed)
        chance = 1 / (1 + np.exp(-odds.at(plan.density)))
        drawn = (rng.random((plan.chains, n_pairs)) < chance).astype(np.float64)
        start = scale * _fill(drawn.T, axes=1).T
        keys = jax.random.split(jax.random.key(seed), plan.chains)
        lengths = (jnp.asarray(plan.burn_in), plan.burn_in + plan.sweeps)
        sums, traces = _draw(problem, jnp.asarray(start), keys, lengths)
        probability, mean, square = (np.asarray(part)[:, :n_pairs] / plan.sweeps for part in sums)
        return EdgeDraws(
            probability,
            mean.mean(axis=0),
            square.mean(axis=0),
            *(np.asarray(trace)[:, plan.burn_in :] for trace in traces),
        )


def _fill(array: Floats, axes: int | None = None) -> Floats:
    """Fill up the pairs to whole blocks."""
    missing = -len(array) % _BLOCK
    padded = array.ndim if axes is None else axes
    return np.pad(array, [(0, missing)] * padded + [(0, 0)] * (array.ndim - padded))


@eqx.filter_jit
def _draw(
    problem: _Problem,
    start: Float[Array, "c p"],
    keys: PRNGKeyArray,
    lengths: tuple[Array, int],
) -> tuple[_Three, _Three]:
    # Only the whole length is part of the program, which takes seconds to compile.
    burn_in, total = lengths

    def draw_chain(weights: Float[Array, " p"], key: PRNGKeyArray) -> tuple[_Three, _Three]:
        def sweep(
            carry: tuple[_State, _Three], step: tuple[Array, PRNGKeyArray]
        ) -> tuple[tuple[_State, _Three], _Three]:
            state, (sum_chance, sum_weight, sum_square) = carry
            number, key = step
            first, second = jax.random.split(key)
            chance, weights = _sweep(problem, state, first)
            state = _move(problem, state._replace(weights=weights), second)
            counted = jnp.where(number >= burn_in, 1.0, 0.0)
            sums = (
                sum_chance + counted * chance,
                sum_weight + counted * weights,
                sum_square + counted * weights**2,
            )
            trace = (jnp.exp(state.log_scale), jax.nn.sigmoid(state.logit), state.slopes)
            return (state, sums), trace

        slopes = jnp.full(problem.evidence.shape[1], problem.slope[0])
        state = _State(weights, problem.log_scale, problem.logit[0], slopes)
        zero = jnp.zeros_like(weights)
        steps = (jnp.arange(total), jax.random.split(key, total))
        (_, sums), traces = jax.lax.scan(sweep, (state, (zero, zero, zero)), steps)
        return sums, traces

    drawn: tuple[_Three, _Three] = jax.vmap(draw_chain)(start, keys)
    return drawn


def _log_odds(problem: _Problem, slopes: Array, logit: Array) -> Float[Array, " p"]:
    """Return the logarithm of the odds of each pair, at the level that gives the density."""
    bare = problem.offset + problem.evidence @ slopes
    n_pairs, density = problem.is_pair.sum(), jax.nn.sigmoid(logit)

    def improve(level: Array, _: None) -> tuple[Array, None]:
        chance = jax.nn.sigmoid(level + bare) * problem.is_pair
        steep = jnp.sum(chance * (1 - chance)) / n_pairs
        # Where nearly all odds are even or hopeless, Newton's step would leap.
        step = (chance.sum() / n_pairs - density) / jnp.maximum(steep, 1e-3)
        return level - jnp.clip(step, -3, 3), None

    level = jax.lax.scan(improve, logit - jnp.mean(bare), length=_LEVEL_STEPS)[0]
    return jnp.where(problem.is_pair > 0, level + bare, _NEVER)


def _sweep(
    problem: _Problem, state: _State, key: PRNGKeyArray
) -> tuple[Float[Array, " p"], Float[Array, " p"]]:
    """Draw every pair given all others; return the chance that each had, and the weights."""
    scale = jnp.exp(state.log_scale)
    precision = 1 / (scale * problem.ratio) ** 2
    total = jnp.diag(problem.gram) + precision
    # What the data and the slab add to the odds, beside the square of the mean.
    constant = 0.5 * jnp.log(precision / total) - 0.5 * scale**2 * precision
    odds = _log_odds(problem, state.slopes, state.logit) + constant
    first, second = jax.random.split(key)
    # All numbers of a sweep at once: drawing them one by one costs more than the sweep.
    luck = jax.random.logistic(first, odds.shape)
    noise = jax.random.normal(second, odds.shape) / jnp.sqrt(total)
    # Anew in every sweep, so that rounding of the many small changes does not add up.
    pull = problem.target - problem.gram @ state.weights
    columns = (odds, total, luck, noise)

    def block(
        carry: tuple[Array, Array], place: Array
    ) -> tuple[tuple[Array, Array], Float[Array, " b"]]:
        pull, weights = carry
        rows = jax.lax.dynamic_slice_in_dim(problem.gram, place, _BLOCK)
        inner = jax.lax.dynamic_slice_in_dim(rows, place, _BLOCK, axis=1)
        some = [jax.lax.dynamic_slice_in_dim(part, place, _BLOCK) for part in (*columns, *carry)]
        new, chance = _draw_block(inner, some, scale * precision)
        # The rest of the graph learns of a whole block at once, by one product of matrices.
        pull = pull - (new - some[-1]) @ rows
        return (pull, jax.lax.dynamic_update_slice_in_dim(weights, new, place, axis=0)), chance

    places = jnp.arange(0, len(odds), _BLOCK)
    (_, weights), chances = jax.lax.scan(block, (pull, state.weights), places)
    return chances.ravel(), weights


def _draw_block(
    inner: Float[Array, "b b"], some: list[Array], slab: Array
) -> tuple[Float[Array, " b"], Float[Array, " b"]]:
    odds, total, luck, noise, pull, weights = some
    own = jnp.diag(inner)

    def one(place: int, carry: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
        pull, weights, chance = carry
        mean = (pull[place] + own[place] * weights[place] + slab) / total[place]
        log_odds = odds[place] + 0.5 * mean**2 * total[place]
        # A logistic number below the log-odds: a draw with their probability.
        new = jnp.where(luck[place] < log_odds, mean + noise[place], 0.0)
        pull = pull - inner[place] * (new - weights[place])
        return pull, weights.at[place].set(new), chance.at[place].set(log_odds)

    begin = (pull, weights, jnp.zeros_like(weights))
    _, weights, chance = jax.lax.fori_loop(0, len(weights), one, begin)
    return weights, jax.nn.sigmoid(chance)


def _move(problem: _Problem, state: _State, key: PRNGKeyArray) -> _State:
    """Move mean, density and slopes, given which pairs are edges and their weights."""
    # The normal weight of an edge is 0 with probability 0, so that weights tell edges apart.
    is_edge = (state.weights != 0).astype(state.weights.dtype)
    count, total, square = is_edge.sum(), state.weights.sum(), (state.weights**2).sum()

    def slab(log_scale: Array) -> Array:
        scale = jnp.exp(log_scale)
        away = square - 2 * scale * total + count * scale**2
        fit = -count * log_scale - 0.5 * away / (scale * problem.ratio) ** 2
        return fit - 0.5 * ((log_scale - problem.log_scale) / _SCALE_DOUBT) ** 2

    def prior(of_odds: Array) -> Array:
        slopes, logit = of_odds[:-1], of_odds[-1]
        odds = _log_odds(problem, slopes, logit)
        fit = jnp.sum(problem.is_pair * (is_edge * odds - jax.nn.softplus(odds)))
        mean, deviation = problem.slope
        # Without doubt the density never moves, whatever its prior.
        doubt = jnp.maximum(problem.logit[1], 1e-9)
        fit = fit - 0.5 * jnp.sum(((slopes - mean) / deviation) ** 2)
        return fit - 0.5 * ((logit - problem.logit[0]) / doubt) ** 2

    # The mean of so many weights is known up to this share of it.
    scale_length = _SCALE_STEP * problem.ratio / jnp.sqrt(1 + count)
    n_slopes = problem.evidence.shape[1]
    lengths = jnp.full(n_slopes + 1, _SLOPE_STEP / np.sqrt(max(n_slopes, 1)))
    lengths = lengths.at[-1].set(_DENSITY_STEP * (problem.logit[1] > 0))

    def attempt(now: tuple[Array, Array], key: PRNGKeyArray) -> tuple[tuple[Array, Array], None]:
        log_scale, of_odds = now
        first, second = jax.random.split(key)
        log_scale = _step(slab, log_scale, scale_length, first)
        return (log_scale, _step(prior, of_odds, lengths, second)), None

    begin = (state.log_scale, jnp.append(state.slopes, state.logit))
    keys = jax.random.split(key, _TRIES)
    log_scale, of_odds = jax.lax.scan(attempt, begin, keys)[0]
    return _State(state.weights, log_scale, of_odds[-1], of_odds[:-1])


def _step(
    density: Callable[[Array], Array], now: Array, lengths: Array, key: PRNGKeyArray
) -> Array:
    """Take or leave one step of Metropolis."""
    first, second = jax.random.split(key)
    new = now + lengths * jax.random.normal(first, now.shape)
    # Both in one call: the program is half as long, and compiles in half the time.
    after, before = jax.vmap(density)(jnp.stack([new, now]))
    return jnp.where(jnp.log(jax.random.uniform(second)) < after - before, new, now)
