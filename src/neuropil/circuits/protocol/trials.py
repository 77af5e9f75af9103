"""Turning-velocity protocols: hold, constant speed, and Ornstein-Uhlenbeck walks."""

from __future__ import annotations

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
    "RandomWalk",
    "TrialPlan",
    "Trials",
    "draw_key",
    "make_trials",
    "random_velocity",
    "spread_headings",
]

# Multiples of the golden ratio, modulo one, leave no large gap for any number of headings, so that
# a plan may have any number of trials.
_GOLDEN = 0.5 * (np.sqrt(5) - 1)


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

    # 32 cues: with 16 the loss on other cues was three to four times as large
    # (docs/decisions/0008-narrow-bumps.md).
    hold: int = Field(default=64, ge=2, multiple_of=2)
    speeds: tuple[float, ...] = (15.0, 30.0, 60.0, 100.0, 150.0, 200.0, 240.0)
    starts: int = Field(default=4, ge=1)
    walks: int = Field(default=40, ge=1)
    settle: float = Field(default=0.4, gt=0)  # four time constants of the default dynamics
    duration: float = Field(default=4.0, gt=0)
    # Two heights do better than noise on the starts (card.md: 0.89 deg/s of drift and -.08 for the
    # next eigenvalue with noise). The range was not tuned.
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
    """

    start: Float[Array, "b n"]
    velocity: Float[Array, "t b"]
    step: float = eqx.field(static=True)
    settle: int = eqx.field(static=True)
    every: int = eqx.field(static=True)
    n_hold: int = eqx.field(static=True)
    n_constant: int = eqx.field(static=True)

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


def make_trials(
    circuit: Circuit, plan: TrialPlan, step: float, key: PRNGKeyArray, record: float = 0.1
) -> Trials:
    """Build a batch of trials whose cues and walks depend on the key.

    Parameters
    ----------
    circuit : Circuit
        Of n neurons.
    plan : TrialPlan
        What to build.
    step : float
        Time step [s]; divides ``record``.
    key : PRNG key
        Another key gives other cues, heights and walks.
    record : float
        Time between records [s].

    Returns
    -------
    Trials
        In the order hold, constant, walk.
    """
    offset_key, walk_key, contrast_key = jax.random.split(key, 3)
    every = round(record / step)
    settle, measured = round(plan.settle / record), round(plan.duration / record)
    speeds = jnp.repeat(jnp.asarray([s * v for v in plan.speeds for s in (-1.0, 1.0)]), plan.starts)
    n_steps, n_moving = measured * every, speeds.shape[0] + plan.walks
    walks = random_velocity(walk_key, n_steps, plan.walks, step, plan.walk)
    still = jnp.zeros((n_steps, plan.hold))
    moving = jnp.concatenate(
        [still, jnp.broadcast_to(speeds, (n_steps, speeds.shape[0])), walks], axis=1
    )
    paired = np.repeat(spread_headings(plan.hold // 2), 2)
    cues = np.concatenate([paired, spread_headings(n_moving)])
    low, high = plan.contrast
    contrast = jax.random.uniform(contrast_key, (plan.hold // 2,), minval=low, maxval=high)
    height = jnp.ones(plan.hold + n_moving)
    height = height.at[: plan.hold : 2].add(contrast).at[1 : plan.hold : 2].add(-contrast)
    start = cue_state(circuit, jnp.asarray(cues) + 2 * np.pi * jax.random.uniform(offset_key))
    start = start * height[:, None]
    return Trials(
        start=start,
        velocity=jnp.concatenate([jnp.zeros((settle * every, moving.shape[1])), moving]),
        step=step,
        settle=settle,
        every=every,
        n_hold=plan.hold,
        n_constant=speeds.shape[0],
    )
