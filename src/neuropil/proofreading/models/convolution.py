"""A small convolutional network that reads tissue at half its resolution."""

from __future__ import annotations

from itertools import pairwise

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

__all__ = ["MULTIPLE", "Convolution", "TissueNetwork", "convolve"]

MULTIPLE = 8
"""Voxels by which the edges of a block must be divisible: resolution is halved three times."""

# Channels at a half, a quarter and an eighth of the resolution. Chosen by what two cores can train
# in ten minutes, before any result had been seen.
_WIDTHS = (24, 48, 64)
_BLOCKS = (1, 2, 1)
# Voxels of a cube of 2 x 2 x 2 that become channels of one.
_FOLD = 8
_AXES = ("NHWC", "HWIO", "NHWC")


def _sections(block: Float[Array, "z y x i"], weight: Float[Array, "3 3 3 i o"]) -> Array:
    # Three flat convolutions: the compiler has a fast program for those on a processor, and a five
    # times slower one for solid ones.
    padded = jnp.pad(block, ((1, 1), (0, 0), (0, 0), (0, 0)))
    flat = [
        jax.lax.conv_general_dilated(
            padded[k : k + len(block)], weight[k], (1, 1), "SAME", dimension_numbers=_AXES
        )
        for k in range(3)
    ]
    return flat[0] + flat[1] + flat[2]


@jax.custom_vjp
def convolve(block: Float[Array, "z y x i"], weight: Float[Array, "3 3 3 i o"]) -> Array:
    """Convolve a block with kernels of 3 x 3 x 3 voxels; beyond the block there are zeros.

    Parameters
    ----------
    block : (z, y, x, i) array
        Features of voxels.
    weight : (3, 3, 3, i, o) array
        Kernels.

    Returns
    -------
    (z, y, x, o) array
        New features.
    """
    return _sections(block, weight)


def _forward(block: Array, weight: Array) -> tuple[Array, tuple[Array, Array]]:
    return _sections(block, weight), (block, weight)


def _backward(saved: tuple[Array, Array], gradient: Array) -> tuple[Array, Array]:
    block, weight = saved
    turned = jnp.flip(weight, (0, 1, 2)).swapaxes(-1, -2)
    return _sections(gradient, turned), _weight_gradient(block, gradient)


def _weight_gradient(block: Array, gradient: Array) -> Array:
    """Sum the products of features and gradients at 27 shifts, section by section.

    A section fits the processor's cache, and loops are compiled faster than what they unroll to:
    the gradient that JAX derives takes eight times longer.
    """
    _, ny, nx, n_in = block.shape
    n_out = gradient.shape[-1]
    padded = jnp.pad(block, ((1, 1), (1, 1), (1, 1), (0, 0)))

    def add(total: Array, z: Array) -> tuple[Array, None]:
        flat = gradient[z].reshape(-1, n_out).T
        near = jax.lax.dynamic_slice_in_dim(padded, z, 3, 0)

        def multiply(shift: Array) -> Array:
            corner = (shift // 9, shift // 3 % 3, shift % 3, 0)
            part = jax.lax.dynamic_slice(near, corner, (1, ny, nx, n_in))
            return flat @ part.reshape(-1, n_in)

        return total + jax.lax.map(multiply, jnp.arange(27)), None

    start = jnp.zeros((27, n_out, n_in), block.dtype)
    total, _ = jax.lax.scan(add, start, jnp.arange(len(block)))
    return total.swapaxes(1, 2).reshape(3, 3, 3, n_in, n_out)


convolve.defvjp(_forward, _backward)


class Convolution(eqx.Module):
    """Kernels of 3 x 3 x 3 voxels with a bias.

    Parameters
    ----------
    n_in, n_out : int
        Features that go in and come out.
    key : PRNG key
        Source of the start.
    scale : float
        Size of the start; 1 keeps the variance through a rectifier.
    """

    weight: Array
    bias: Array

    def __init__(self, n_in: int, n_out: int, key: PRNGKeyArray, scale: float = 1.0) -> None:
        spread = scale * (2 / (27 * n_in)) ** 0.5
        self.weight = spread * jax.random.normal(key, (3, 3, 3, n_in, n_out))
        self.bias = jnp.zeros(n_out)

    def __call__(self, block: Float[Array, "z y x i"]) -> Float[Array, "z y x o"]:
        """Return the new features of each voxel."""
        return convolve(block, self.weight) + self.bias


class _Residual(eqx.Module):
    """Two convolutions whose result is added to what went in."""

    first: Convolution
    second: Convolution

    def __init__(self, width: int, key: PRNGKeyArray) -> None:
        one, two = jax.random.split(key)
        self.first = Convolution(width, width, one)
        # Small at the start, so that a deep network begins close to a shallow one.
        self.second = Convolution(width, width, two, scale=0.1)

    def __call__(self, block: Array) -> Array:
        return block + self.second(jax.nn.relu(self.first(jax.nn.relu(block))))


def _fold(image: Float[Array, "z y x"]) -> Float[Array, "z/2 y/2 x/2 8"]:
    nz, ny, nx = (n // 2 for n in image.shape)
    cubes = image.reshape(nz, 2, ny, 2, nx, 2).transpose(0, 2, 4, 1, 3, 5)
    return cubes.reshape(nz, ny, nx, _FOLD)


def _unfold(block: Float[Array, "z y x 8*c"]) -> Float[Array, "c 2*z 2*y 2*x"]:
    nz, ny, nx, n = block.shape
    cubes = block.reshape(nz, ny, nx, 2, 2, 2, n // _FOLD).transpose(6, 0, 3, 1, 4, 2, 5)
    return cubes.reshape(n // _FOLD, 2 * nz, 2 * ny, 2 * nx)


def _halve(block: Array) -> Array:
    nz, ny, nx, n = block.shape
    return block.reshape(nz // 2, 2, ny // 2, 2, nx // 2, 2, n).mean(axis=(1, 3, 5))


def _double(block: Array) -> Array:
    for axis in range(3):
        block = jnp.repeat(block, 2, axis=axis)
    return block


class TissueNetwork(eqx.Module):
    """A network that says several things about each voxel of an image.

    Cubes of eight voxels are folded into channels, so that all work is done at a half, a quarter
    and an eighth of the resolution; results of the coarser levels are added to the finer ones.

    Parameters
    ----------
    n_channels : int
        What is said of a voxel, as logits.
    key : PRNG key
        Source of the start.
    """

    stem: Convolution
    down: tuple[tuple[_Residual, ...], ...]
    widen: tuple[Convolution, ...]
    narrow: tuple[Array, ...]
    up: tuple[_Residual, ...]
    head: Array

    def __init__(self, n_channels: int, key: PRNGKeyArray) -> None:
        keys = iter(jax.random.split(key, 32))
        self.stem = Convolution(_FOLD, _WIDTHS[0], next(keys))
        self.down = tuple(
            tuple(_Residual(width, next(keys)) for _ in range(n))
            for width, n in zip(_WIDTHS, _BLOCKS, strict=True)
        )
        steps = list(pairwise(_WIDTHS))
        self.widen = tuple(Convolution(fine, coarse, next(keys)) for fine, coarse in steps)
        self.narrow = tuple(
            jax.random.normal(next(keys), (coarse, fine)) / coarse**0.5 for fine, coarse in steps
        )
        self.up = tuple(_Residual(fine, next(keys)) for fine, _ in steps)
        out = (_WIDTHS[0], _FOLD * n_channels)
        self.head = 0.3 * jax.random.normal(next(keys), out) / _WIDTHS[0] ** 0.5

    def __call__(self, image: Float[Array, "z y x"]) -> Float[Array, "c z y x"]:
        """Return logits of each voxel.

        Parameters
        ----------
        image : (z, y, x) array
            Brightness with mean 0 and variance 1; edges divisible by :data:`MULTIPLE`.
        """
        levels = [self._level(self.stem(_fold(image)), 0)]
        for depth, widen in enumerate(self.widen, start=1):
            levels.append(self._level(widen(jax.nn.relu(_halve(levels[-1]))), depth))
        block = levels.pop()
        for narrow, up, level in zip(self.narrow[::-1], self.up[::-1], levels[::-1], strict=True):
            block = up(level + _double(block @ narrow))
        return _unfold(jax.nn.relu(block) @ self.head)

    def _level(self, block: Array, depth: int) -> Array:
        for residual in self.down[depth]:
            block = residual(block)
        return block
