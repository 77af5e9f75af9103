"""A short course of three regions, and people on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from neuropil.progression.alignment.scans import Scans
from neuropil.progression.dynamics.trajectory import Trajectory


@dataclass(frozen=True)
class People:
    course: Trajectory
    scans: Scans
    onset: np.ndarray
    rates: np.ndarray


def observe(
    n: int,
    seed: int = 0,
    *,
    offset: float = 0.03,
    noise: float = 0.045,
    floor: float = -np.inf,
    rates: float = 0.0,
) -> People:
    """Draw n people with one to three scans on twenty regions that rise one after the other."""
    rng = np.random.default_rng(seed)
    times = np.linspace(0, 30, 61)
    middle = np.linspace(4, 26, 20)
    course = Trajectory(1 / (1 + np.exp(-(times[:, None] - middle) / 2)), 30.0)
    counts = rng.integers(1, 4, n)
    owners = np.repeat(np.arange(n), counts)
    gaps = np.concatenate([np.arange(count) * 1.5 for count in counts])
    onset = rng.uniform(2, 20, n)
    speed = np.exp(rates * rng.standard_normal(n))
    expected = course.at(onset[owners] + np.minimum(speed[owners] * gaps, 9))
    values = (
        expected + rng.normal(0, offset, (n, 20))[owners] + rng.normal(0, noise, (len(owners), 20))
    )
    values = np.maximum(values, floor)
    return People(course, Scans(values, np.ones_like(values), owners, gaps, n), onset, speed)


@pytest.fixture
def draw_people():
    return observe
