"""The choice of an engine: a compiled kernel where there is a C compiler, JAX everywhere."""

from __future__ import annotations

from typing import Literal, get_args

import jax

from neuropil.contracts import ConfigError
from neuropil.logic.training.engine import Engine
from neuropil.logic.training.jax_engine import JaxEngine
from neuropil.logic.training.kernel import KernelEngine, load_kernel

__all__ = ["EngineName", "choose_engine"]

EngineName = Literal["auto", "kernel", "jax"]


def choose_engine(name: EngineName = "auto") -> Engine:
    """Return an engine.

    Parameters
    ----------
    name : {"auto", "kernel", "jax"}
        ``auto`` takes the kernel where JAX has no accelerator and a C compiler works.

    Raises
    ------
    ConfigError
        When there is no engine of that name, or the kernel is asked for and cannot be compiled.
    """
    if name not in get_args(EngineName):
        raise ConfigError(
            f"expected one of {', '.join(get_args(EngineName))}, found {name!r}",
            where="engine",
            repair="The engine auto works everywhere.",
        )
    if name == "jax" or (name == "auto" and jax.default_backend() != "cpu"):
        return JaxEngine()
    library, reason = load_kernel()
    if library is not None:
        return KernelEngine(library)
    if name == "kernel":
        raise ConfigError(
            f"expected a working C compiler, {reason}",
            where="engine",
            repair="Install one, name it in CC, or choose the engine jax.",
        )
    return JaxEngine()
