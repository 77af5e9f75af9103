"""A small flat convolutional network that reads a section at half its resolution."""

from __future__ import annotations

from itertools import pairwise

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

__all__ = ["MULTIPLE", "MembraneNetwork"]

MULTIPLE = 8
"""Pixels by which the edges of a section must be divisible: resolution is halved three times."""

# A square of 2 x 2 pixels becomes channels of one, so that no layer works at full resolution.
_FOLD = 4
_AXES = ("NHWC", "HWIO", "NHWC")
# Residual blocks start at this share of their usual size, so that a deep network begins close to
# a shallow one.
_QUIET = 0.1


class _Convolution(eqx.Module):
    """Kernels of 3 x 3 pixels with a bias."""

    weight: Array
    bias: Array

    def __init__(self, n_in: int, n_out: int, key: PRNGKeyArray, scale: float = 1.0) -> None:
        # He's rule keeps the variance through a rectifier.
        spread = scale * (2 / (9 * n_in)) ** 0.5
        self.weight = spread * jax.random.normal(key, (3, 3, n_in, n_out))
        self.bias = jnp.zeros(n_out)

    def __call__(self, sections: Float[Array, "n y x i"]) -> Float[Array, "n y x o"]:
        """Return the new features of each pixel; beyond a section there are zeros."""
        found = jax.lax.conv_general_dilated(
            sections, self.weight, (1, 1), "SAME", dimension_numbers=_AXES
        )
        return found + self.bias


class _Residual(eqx.Module):
    """Two convolutions whose result is added to what went in."""

    first: _Convolution
    second: _Convolution

    def __init__(self, width: int, key: PRNGKeyArray) -> None:
        one, two = jax.random.split(key)
        self.first = _Convolution(width, width, one)
        self.second = _Convolution(width, width, two, scale=_QUIET)

    def __call__(self, sections: Array) -> Array:
        return sections + self.second(jax.nn.relu(self.first(jax.nn.relu(sections))))


def _fold(sections: Float[Array, "n y x"]) -> Float[Array, "n y/2 x/2 4"]:
    n, ny, nx = sections.shape
    squares = sections.reshape(n, ny // 2, 2, nx // 2, 2).transpose(0, 1, 3, 2, 4)
    return squares.reshape(n, ny // 2, nx // 2, _FOLD)


def _unfold(squares: Float[Array, "n y x 4"]) -> Float[Array, "n 2*y 2*x"]:
    n, ny, nx, _ = squares.shape
    sections = squares.reshape(n, ny, nx, 2, 2).transpose(0, 1, 3, 2, 4)
    return sections.reshape(n, 2 * ny, 2 * nx)


def _halve(sections: Array) -> Array:
    n, ny, nx, c = sections.shape
    return sections.reshape(n, ny // 2, 2, nx // 2, 2, c).mean(axis=(2, 4))


def _double(sections: Array) -> Array:
    return jnp.repeat(jnp.repeat(sections, 2, axis=1), 2, axis=2)


class MembraneNetwork(eqx.Module):
    """A network that says of each pixel of a section whether it lies on a membrane.

    Results of coarser levels are added to the finer ones, as in a U-Net, but all work is done at a
    half of the resolution and below.

    Parameters
    ----------
    widths : tuple of int
        Channels at a half, a quarter, ... of the resolution; at most three levels.
    key : PRNG key
        Source of the start.

    References
    ----------
    Ronneberger, Fischer and Brox 2015, MICCAI, LNCS 9351:234, for the U-Net; He et al. 2016, ECCV,
    LNCS 9908:630, for the residual blocks.
    """

    stem: _Convolution
    down: tuple[_Residual, ...]
    widen: tuple[_Convolution, ...]
    narrow: tuple[Array, ...]
    up: tuple[_Residual, ...]
    head: Array

    def __init__(self, widths: tuple[int, ...], key: PRNGKeyArray) -> None:
        keys = iter(jax.random.split(key, 2 + 5 * len(widths)))
        steps = list(pairwise(widths))
        self.stem = _Convolution(_FOLD, widths[0], next(keys))
        self.down = tuple(_Residual(width, next(keys)) for width in widths)
        self.widen = tuple(_Convolution(fine, coarse, next(keys)) for fine, coarse in steps)
        self.narrow = tuple(
            jax.random.normal(next(keys), (coarse, fine)) / coarse**0.5 for fine, coarse in steps
        )
        self.up = tuple(_Residual(fine, next(keys)) for fine, _ in steps)
        # Small, so that training starts from a probability of about one half everywhere.
        self.head = _QUIET * jax.random.normal(next(keys), (widths[0], _FOLD)) / widths[0] ** 0.5

    def __call__(self, sections: Float[Array, "n y x"]) -> Float[Array, "n y x"]:
        """Return the logit of a membrane at each pixel.

        Parameters
        ----------
        sections : (n, y, x) array
            Standardised brightness; edges divisible by :data:`MULTIPLE`.
        """
        levels = [self.down[0](self.stem(_fold(sections)))]
        for widen, down in zip(self.widen, self.down[1:], strict=True):
            levels.append(down(widen(jax.nn.relu(_halve(levels[-1])))))
        found = levels.pop()
        for narrow, up, level in zip(self.narrow[::-1], self.up[::-1], levels[::-1], strict=True):
            found = up(level + _double(found @ narrow))
        return _unfold(jax.nn.relu(found) @ self.head)
