"""One root seed and named children, so that adding a draw never shifts another."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Self

import numpy as np

from neuropil.contracts.errors import ConfigError

__all__ = ["SeedTree"]


@dataclass(frozen=True, slots=True)
class SeedTree:
    """A seed with named children.

    Parameters
    ----------
    root : int
        The seed a person chose.
    path : tuple of str
        Names from the root to this child.

    Examples
    --------
    >>> tree = SeedTree(1)
    >>> tree.child("fit").integer() == SeedTree(1).child("fit").integer()
    True
    >>> tree.child("fit").integer() == tree.child("evaluate").integer()
    False
    """

    root: int
    path: tuple[str, ...] = ()

    @classmethod
    def of(cls, random_state: object) -> Self:
        """Return the tree of an estimator's ``random_state``.

        Raises
        ------
        ConfigError
            When it is no whole number from 0; give one.
        """
        # True is 1 to Python, and no seed to a person.
        if (
            not isinstance(random_state, int | np.integer)
            or isinstance(random_state, bool)
            or random_state < 0
        ):
            raise ConfigError(
                f"expected a whole number, found {random_state!r}",
                where="random_state",
                repair="A fit can be repeated: write for example random_state=0.",
            )
        return cls(int(random_state))

    def child(self, name: str | int) -> SeedTree:
        """Return the child of that name."""
        return SeedTree(self.root, (*self.path, str(name)))

    def integer(self) -> int:
        """Return a seed in [0, 2**32) that depends on the root and the path alone."""
        # Of a hash of names and not by counting: a draw that is added shifts no other.
        text = "/".join((str(self.root), *self.path))
        # 32 bits, which every generator takes as a seed; published results rest on this rule.
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "little")

    def generator(self) -> np.random.Generator:
        """Return a NumPy generator seeded with :meth:`integer`."""
        return np.random.default_rng(self.integer())
