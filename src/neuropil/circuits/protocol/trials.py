"""Trials that a fit sees: hold, constant speed, and Ornstein-Uhlenbeck walks."""

from __future__ import annotations

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray
from pydantic import Field

from neuropil.circuits.data import Circuit
from neuropil.circuits.model import cue_state
from neuropil.contracts import SeedTree, Settings

__all__ = [
    "IntegratingPlan",
    "IntegratingTrials",
    "RandomWalk",
    "TrialPlan",
    "Trials",
    "TurningPlan",
    "draw_key",
    "make_integrating_trials",
    "make_trials",
    "make_turning_trials",
    "random_velocity",
    "spread_headings",
]

# Multiples of the golden ratio, modulo one, leave no large gap for any number of headings, so that
# a plan may have any number of trials.
_GOLDEN = 0.5 * (np.sqrt(5) - 1)
_RECORD = 0.1  # [s] between records of a fit: the time constant that it is made with
_MINUTE_STEP = 0.05  # [s] less than half of the time in which a random turn is forgotten


class RandomWalk(Settings):
    """An Ornstein-Uhlenbeck turning velocity with pauses.

    Parameters
    ----------
    deviation : float
        Standard deviation [deg/s].
    correlation_time : float
        Time in which the correlation falls to 1/e [s].
    pauses : float
        Share of time without turning, in blocks of ``pause`` seconds.
    pause : float
        Length of a block [s].
    """

    # The walk that the criterion ``integration`` was set for before anything was fitted. Without
    # pauses it spreads a heading by about 150 deg in 60 s, so that a bump must follow, not stay.
    deviation: float = Field(default=40.0, gt=0)
    correlation_time: float = Field(default=0.12, gt=0)
    pauses: float = Field(default=0.2, ge=0, lt=1)
    pause: float = Field(default=0.5, gt=0)


class TrialPlan(Settings):
    """Size and length of a set of training or validation trials.

    Parameters
    ----------
    hold : int
        Trials without turning, an even number: two for each of half as many cues.
    speeds : tuple of float
        Constant velocities [deg/s].
    starts : int
        Trials for each constant velocity.
    walks : int
        Random-walk trials.
    settle : float
        Time after the cue before anything is measured [s].
    duration : float
        Time that is measured [s].
    contrast : tuple of float
        Range of a number c: the two hold trials of a cue start 1 + c and 1 - c times as high as
        the others. They lie off the ring of bumps and must fall back onto it.
    walk : RandomWalk
        Statistics of the walks.
    """

    hold: int = Field(default=12, ge=2, multiple_of=2)
    speeds: tuple[float, ...] = (20.0, 60.0, 120.0, 200.0)
    starts: int = Field(default=1, ge=1)
    walks: int = Field(default=12, ge=1)
    settle: float = Field(default=0.4, gt=0)  # four time constants of the default dynamics
    duration: float = Field(default=2.0, gt=0)
    # Two heights do better than noise on the starts (docs/decisions/0008-narrow-bumps.md: 0.89
    # deg/s of drift and -.08 for the next eigenvalue with noise). The range was not tuned.
    contrast: tuple[float, float] = (0.2, 0.5)
    walk: RandomWalk = RandomWalk()


class TurningPlan(Settings):
    """Trials that tell what accumulates from what averages out.

    Every velocity and every walk begins at the same even headings, and walks are walked in both
    directions, so that what depends on the place cancels in their mean and a bias does not. A walk
    rests at the end of each half: there the displacement is that of the bump, not of a lag.

    Parameters
    ----------
    hold : int
        Trials without turning, an even number: two for each of half as many cues.
    speeds : tuple of float
        Constant velocities [deg/s], each in both directions.
    starts : int
        Even headings from which each velocity is driven and each walk begins.
    walks : int
        Random walks; each is walked as it is and with its sign changed.
    settle, duration : float
        Time after the cue before anything is measured, and time that is measured [s].
    rest : float
        Time without turning at the end of each half of a walk [s].
    contrast : tuple of float
        As in :class:`TrialPlan`.
    walk : RandomWalk
        Statistics of the walks.
    """

    # As much as one core fits in about four minutes. Eight walks from a start each lost the bias in
    # what depends on the place; even starts tell it (card.md). The shares were not tuned.
    hold: int = Field(default=48, ge=2, multiple_of=2)
    speeds: tuple[float, ...] = (40.0, 200.0)
    starts: int = Field(default=12, ge=1)
    walks: int = Field(default=2, ge=1)
    settle: float = Field(default=0.4, gt=0)
    duration: float = Field(default=3.5, gt=0)
    rest: float = Field(default=0.5, gt=0)
    contrast: tuple[float, float] = (0.2, 0.5)
    walk: RandomWalk = RandomWalk()


class IntegratingPlan(Settings):
    """Trials of a minute of random turning, and of fast turns and fresh cues.

    Parameters
    ----------
    minutes : int
        Minutes of random turning, half of them the other half backwards; they are not simulated.
    hold : int
        Trials without turning, of what is simulated.
    speeds : tuple of float
        Constant speeds that are simulated, each both ways [deg/s].
    starts : int
        Headings from which each constant velocity is simulated.
    settle, duration : float
        Time before the turning begins, and from then to the end [s].
    contrast : tuple of float
        As in :class:`TrialPlan`.
    walk : RandomWalk
        Random turning.
    """

    # Half as many cues as a refit simulates, because the ring tells the rest; the number of
    # minutes, which cost little, was not tuned.
    minutes: int = Field(default=128, ge=2, multiple_of=2)
    hold: int = Field(default=24, ge=2, multiple_of=2)
    speeds: tuple[float, ...] = (100.0, 200.0)
    starts: int = Field(default=6, ge=1)
    settle: float = Field(default=0.4, gt=0)
    duration: float = Field(default=2.5, gt=0)
    contrast: tuple[float, float] = (0.2, 0.5)
    walk: RandomWalk = RandomWalk()


class Trials(eqx.Module):
    """A batch of b trials: hold trials first, then constant speeds, then walks.

    Parameters
    ----------
    start : (b, n) array
        Rates at t = 0. Only they know the cue; no loss sees an angle that was put in.
    velocity : (t, b) array
        Turning velocity [deg/s] in each step, zero while settling.
    step : float
        Time step [s].
    settle : int
        Records before measuring; a record is ``every`` steps.
    every : int
        Steps a record.
    n_hold, n_constant : int
        How many trials of the first two kinds.
    n_starts : int
        Starts of each constant velocity, next to each other, and of each walk where every walk
        has several.
    """

    start: Float[Array, "b n"]
    velocity: Float[Array, "t b"]
    step: float = eqx.field(static=True)
    settle: int = eqx.field(static=True)
    every: int = eqx.field(static=True)
    n_hold: int = eqx.field(static=True)
    n_constant: int = eqx.field(static=True)
    n_starts: int = eqx.field(static=True)

    @property
    def turned(self) -> Float[Array, "r b"]:
        """Integral of velocity [deg] at each measured record, zero at the first."""
        blocks = self.velocity.reshape(-1, self.every, self.velocity.shape[1])
        total = jnp.cumsum(blocks.sum(axis=1) * self.step, axis=0)[self.settle :]
        return jnp.concatenate([jnp.zeros_like(total[:1]), total])

    def split(self, records: Array) -> tuple[Array, Array, Array]:
        """Split the trial axis (the second) into hold, constant and walk trials."""
        first, second = self.n_hold, self.n_hold + self.n_constant
        return records[:, :first], records[:, first:second], records[:, second:]


class IntegratingTrials(NamedTuple):
    """What the last stage of a fit sees.

    Parameters
    ----------
    simulated : Trials
        Hold trials and constant velocities.
    minutes : (t, m) array
        Velocities [deg/s] of m minutes in t equal steps.
    turned : (t, m) array
        Their integrals [deg]. Trials are constants of a fit's program, and XLA took more than a
        second to add them up while compiling.
    """

    simulated: Trials
    minutes: Float[Array, "t m"]
    turned: Float[Array, "t m"]


def draw_key(seed: SeedTree, purpose: str) -> PRNGKeyArray:
    """Return the JAX key of one purpose, so that another purpose never shifts its draws.

    Parameters
    ----------
    seed : SeedTree
        Source of the key.
    purpose : str
        Name of the child of the seed.
    """
    return jax.random.key(seed.child(purpose).integer())


def spread_headings(n: int, offset: float = 0.0) -> np.ndarray:
    """Return n headings [rad] that fill the circle evenly for every n (golden-ratio sequence)."""
    return 2 * np.pi * np.mod(offset + _GOLDEN * np.arange(n), 1.0)


def random_velocity(
    key: PRNGKeyArray, n_steps: int, n_trials: int, step: float, walk: RandomWalk
) -> Float[Array, "t b"]:
    """Draw turning velocities.

    Parameters
    ----------
    key : PRNG key
        Source of the draw.
    n_steps, n_trials : int
        Shape of the result, (t, b).
    step : float
        Time step [s].
    walk : RandomWalk
        Standard deviation, correlation and pauses of the turning.

    Returns
    -------
    (t, b) array
        Velocity [deg/s].
    """
    first, noise, pauses = jax.random.split(key, 3)
    decay = float(np.exp(-step / walk.correlation_time))
    kicks = walk.deviation * np.sqrt(1 - decay**2) * jax.random.normal(noise, (n_steps, n_trials))

    def advance(v: Array, kick: Array) -> tuple[Array, Array]:
        v = decay * v + kick
        return v, v

    start = walk.deviation * jax.random.normal(first, (n_trials,))
    _, velocity = jax.lax.scan(advance, start, kicks)
    block = max(1, round(walk.pause / step))
    moving = jax.random.uniform(pauses, (-(-n_steps // block), n_trials)) >= walk.pauses
    return velocity * jnp.repeat(moving, block, axis=0)[:n_steps]


def make_trials(circuit: Circuit, plan: TrialPlan, step: float, key: PRNGKeyArray) -> Trials:
    """Build a batch of trials whose cues and walks depend on the key.

    Parameters
    ----------
    circuit : Circuit
        Of n neurons.
    plan : TrialPlan
        What to build.
    step : float
        Time step [s]; divides 0.1 s, the time between records.
    key : PRNG key
        Another key gives other cues, heights and walks.

    Returns
    -------
    Trials
        In the order hold, constant, walk.
    """
    offset_key, walk_key, contrast_key = jax.random.split(key, 3)
    n_steps = round(plan.duration / _RECORD) * round(_RECORD / step)
    constant = _both_directions(plan)
    walks = random_velocity(walk_key, n_steps, plan.walks, step, plan.walk)
    paired = np.repeat(spread_headings(plan.hold // 2), 2)
    cues = np.concatenate([paired, spread_headings(constant.size + plan.walks)])
    start = _starts(circuit, plan, cues, offset_key, contrast_key)
    return _assemble(plan, start, constant, walks, step)


def make_turning_trials(
    circuit: Circuit, plan: TurningPlan, step: float, key: PRNGKeyArray
) -> Trials:
    """Build trials with the same starts for every velocity and walks in both directions.

    Parameters
    ----------
    circuit : Circuit
        Of n neurons.
    plan : TurningPlan
        What to build.
    step : float
        Time step [s]; divides 0.1 s, the time between records.
    key : PRNG key
        Another key gives other cues, heights and walks.

    Returns
    -------
    Trials
        In the order hold, constant, walks as drawn, the same walks backwards.
    """
    offset_key, walk_key, contrast_key = jax.random.split(key, 3)
    n_records, every = round(plan.duration / _RECORD), round(_RECORD / step)
    constant = _both_directions(plan)
    walks = random_velocity(walk_key, n_records * every, plan.walks, step, plan.walk)
    resting = np.zeros((n_records * every, 1), dtype=bool)
    for end in (n_records // 2, n_records):
        resting[max(0, end * every - round(plan.rest / step)) : end * every] = True
    walks = jnp.repeat(jnp.where(resting, 0.0, walks), plan.starts, axis=1)
    cues = _even_cues(plan, len(plan.speeds) + plan.walks)
    start = _starts(circuit, plan, cues, offset_key, contrast_key)
    walks = jnp.concatenate([walks, -walks], axis=1)
    return _assemble(plan, start, constant, walks, step)


def make_integrating_trials(
    circuit: Circuit, plan: IntegratingPlan, step: float, key: PRNGKeyArray
) -> IntegratingTrials:
    """Build the trials of the last stage.

    Parameters
    ----------
    circuit : Circuit
        Of n neurons.
    plan : IntegratingPlan
        What to build.
    step : float
        Time step [s] of what is simulated; divides 0.1 s, the time between records.
    key : PRNG key
        Another key gives other cues, heights and minutes.
    """
    offset_key, walk_key, contrast_key = jax.random.split(key, 3)
    constant = _both_directions(plan)
    start = _starts(circuit, plan, _even_cues(plan, len(plan.speeds)), offset_key, contrast_key)
    n_steps = round(plan.duration / _RECORD) * round(_RECORD / step)
    simulated = _assemble(plan, start, constant, jnp.zeros((n_steps, 0)), step)
    half = plan.minutes // 2
    walks = random_velocity(walk_key, round(60 / _MINUTE_STEP), half, _MINUTE_STEP, plan.walk)
    minutes = jnp.concatenate([walks, -walks], axis=1)
    return IntegratingTrials(simulated, minutes, jnp.cumsum(minutes, axis=0) * _MINUTE_STEP)


def _even_headings(n: int) -> np.ndarray:
    # The mean over even headings is that over the ring for every wave that they can tell apart.
    return 2 * np.pi * np.arange(n) / n


def _even_cues(plan: TurningPlan | IntegratingPlan, driven: int) -> np.ndarray:
    """Return the cues of the hold trials, in pairs, and of what is driven both ways."""
    moving = np.tile(_even_headings(plan.starts), 2 * driven)
    return np.concatenate([np.repeat(_even_headings(plan.hold // 2), 2), moving])


def _both_directions(plan: TrialPlan | TurningPlan | IntegratingPlan) -> np.ndarray:
    return np.repeat([s * v for v in plan.speeds for s in (-1.0, 1.0)], plan.starts)


def _starts(
    circuit: Circuit,
    plan: TrialPlan | TurningPlan | IntegratingPlan,
    cues: np.ndarray,
    offset_key: PRNGKeyArray,
    contrast_key: PRNGKeyArray,
) -> Array:
    """Return bumps at the cues, turned by one random angle, the hold trials' high and low."""
    low, high = plan.contrast
    contrast = jax.random.uniform(contrast_key, (plan.hold // 2,), minval=low, maxval=high)
    height = jnp.ones(cues.size)
    height = height.at[: plan.hold : 2].add(contrast).at[1 : plan.hold : 2].add(-contrast)
    turned = jnp.asarray(cues) + 2 * np.pi * jax.random.uniform(offset_key)
    return cue_state(circuit, turned) * height[:, None]


def _assemble(
    plan: TrialPlan | TurningPlan | IntegratingPlan,
    start: Array,
    constant: np.ndarray,
    walks: Array,
    step: float,
) -> Trials:
    every, settle = round(_RECORD / step), round(plan.settle / _RECORD)
    driven = jnp.broadcast_to(jnp.asarray(constant, jnp.float32), (len(walks), constant.size))
    moving = jnp.concatenate([jnp.zeros((len(walks), plan.hold)), driven, walks], axis=1)
    still = jnp.zeros((settle * every, moving.shape[1]))
    return Trials(
        start=start,
        velocity=jnp.concatenate([still, moving]),
        step=step,
        settle=settle,
        every=every,
        n_hold=plan.hold,
        n_constant=constant.size,
        n_starts=plan.starts,
    )
