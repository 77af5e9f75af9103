"""Columns of HDF5 files, each fault with its file and dataset; nothing outside the file is read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from neuropil.contracts import InputError, NeuropilError, require_regular_file
from neuropil.formats.parsing.extras import import_extra
from neuropil.formats.parsing.hdf5_heaps import has_whole_heaps

__all__ = ["Group", "holds_voxels", "is_hdf5", "open_hdf5"]

# The signature of the HDF5 specification, at the start of a file without a user block.
_MAGIC = b"\x89HDF\r\n\x1a\n"
_COPY = "Copy it again, or write it again with the program that made it."
_INSIDE = "Write the file again with the values in it, as h5repack does."
# HDF5 itself follows 16 soft links in a row.
_MOST_LINKS = 16
# Groups within groups that are looked through; soft links can make them endless.
_DEEPEST = 6
# Values may take 1,032 times their place in the file, which is the most that gzip packs; small
# columns may have no place at all, where all are the same.
_DENSEST, _SMALL, _LARGEST = 1100, 64 << 20, 8 << 30


def is_hdf5(path: Path) -> bool:
    """Tell whether a file is HDF5 by its first bytes."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC


@contextmanager
def open_hdf5(path: Path) -> Iterator[Group]:
    """Open a file for reading; needs ``neuropil[em]``.

    Parameters
    ----------
    path : Path
        An existing file.

    Yields
    ------
    Group
        Its root.

    Raises
    ------
    InputError
        When it is truncated or no HDF5 file.
    MissingDependencyError
        When h5py is not installed.
    """
    require_regular_file(path)
    h5py = import_extra("h5py", "em", path)
    damaged = InputError(
        f"expected a whole HDF5 file, found a damaged or truncated one of "
        f"{path.stat().st_size} bytes",
        where=str(path),
        repair=_COPY,
    )
    if not has_whole_heaps(path):
        raise damaged
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        raise damaged from error
    with file:
        yield Group(path, file, h5py)


def holds_voxels(path: Path) -> bool | None:
    """Tell whether an HDF5 file has a dataset of three axes or more.

    Parameters
    ----------
    path : Path
        An HDF5 file.

    Returns
    -------
    bool, optional
        None where it cannot be told, as the file is damaged or h5py is not installed.
    """
    # Sniffing never fails: the reader of the format says better what is wrong.
    try:
        with open_hdf5(path) as root:
            return _any_voxels(root, _DEEPEST)
    except NeuropilError:
        return None


def _any_voxels(group: Group, levels: int) -> bool:
    if any(len(group.open_array(name).shape or ()) >= 3 for name in group.datasets()):
        return True
    return levels > 0 and any(_any_voxels(group.child(each), levels - 1) for each in group.groups())


@dataclass(frozen=True)
class Group:
    """A group of an open file.

    Parameters
    ----------
    path : Path
        The file.
    group : h5py.Group
        The group.
    h5py : module
        The library.
    """

    path: Path
    group: Any
    h5py: Any

    def fault(self, what: str, repair: str, name: str = "") -> InputError:
        """Build an error that names the file and the dataset.

        Parameters
        ----------
        what : str
            What was expected and what was found.
        repair : str
            The next step.
        name : str
            Dataset of this group; empty for the group.

        Returns
        -------
        InputError
            To be raised.
        """
        place = "/".join((self.group.name.rstrip("/"), name)).rstrip("/") or "/"
        return InputError(what, where=f"{self.path}, {place}", repair=repair)

    def groups(self) -> list[str]:
        """Name the groups inside this one."""
        # By way of `_open`, so that not even listing follows a link out of the file.
        return [name for name in self._names() if isinstance(self._open(name), self.h5py.Group)]

    def datasets(self) -> list[str]:
        """Name the datasets inside this one."""
        return [name for name in self._names() if isinstance(self._open(name), self.h5py.Dataset)]

    def child(self, name: str) -> Group:
        """Open a group inside this one.

        Parameters
        ----------
        name : str
            Its name.

        Returns
        -------
        Group
            The group.

        Raises
        ------
        InputError
            When there is none.
        """
        found = self._open(name)
        if not isinstance(found, self.h5py.Group):
            listed = ", ".join(self._names()) or "nothing"
            raise self.fault(f"expected a group {name}, found {listed}", _COPY)
        return Group(self.path, found, self.h5py)

    def attribute(self, name: str, dataset: str | None = None) -> object:
        """Read an attribute of this group or of a dataset; None where there is none.

        Parameters
        ----------
        name : str
            Its name.
        dataset : str, optional
            A dataset of this group.

        Returns
        -------
        object
            Its value; text is str.
        """
        owner = self.group if dataset is None else self._open(dataset)
        if owner is None:
            return None
        try:
            if name in owner.attrs:
                self._require_simple(owner.attrs.get_id(name), name)
            value = owner.attrs.get(name)
        # It is an error of values to Python, and says more than the others.
        except InputError:
            raise
        except (OSError, RuntimeError, TypeError, ValueError, KeyError) as error:
            raise self.fault(f"cannot be read ({type(error).__name__})", _COPY, name) from error
        # Fixed-length strings of HDF5 come as bytes, those of variable length as text.
        return value.decode(errors="replace") if isinstance(value, bytes) else value

    def _require_simple(self, attribute: Any, name: str) -> None:  # noqa: ANN401
        """Refuse an attribute that is neither numbers nor text.

        The library ends the process over a damaged sequence of variable length.
        """
        types = self.h5py.h5t
        simple = (types.INTEGER, types.FLOAT, types.STRING, types.ENUM)
        if attribute.get_type().get_class() not in simple:
            raise self.fault("expected numbers or a text, found another type", _COPY, name)

    def read(self, name: str) -> pl.Series | None:
        """Read a column.

        Parameters
        ----------
        name : str
            Name of a dataset.

        Returns
        -------
        pl.Series, optional
            Int64, Float64, Boolean or String; None where the dataset has another type or more than
            one dimension.

        Raises
        ------
        InputError
            When there is no such dataset, it cannot be read, or holds whole numbers of 2^63 or
            more.
        """
        dataset = self._open(name)
        if not isinstance(dataset, self.h5py.Dataset):
            listed = ", ".join(self._names()) or "nothing"
            raise self.fault(f"expected a dataset {name}, found {listed}", _COPY)
        self._require_inside(dataset, name)
        try:
            dtype = dataset.dtype
            text = self.h5py.check_string_dtype(dtype) is not None
            # References, compounds and matrices are no column; what to do without them is the
            # caller's affair.
            if dataset.ndim != 1 or not (text or dtype.kind in "iufb"):
                return None
            self._require_room(dataset, name)
            # Read whole and only now: a damaged chunk raises here, long after the file was opened.
            values = dataset.asstr()[...] if text else dataset[...]
        except (OSError, RuntimeError, UnicodeDecodeError, TypeError, MemoryError) as error:
            raise self.fault(f"cannot be read ({type(error).__name__})", _COPY, name) from error
        if text:
            return pl.Series(name, values.tolist(), dtype=pl.String)
        # Polars takes numbers in the order of bytes of this machine, and floats of 64 bits at most.
        wide = values.dtype.kind == "f"
        column = pl.Series(name, values.astype("f8" if wide else values.dtype.newbyteorder("=")))
        if not column.dtype.is_integer():
            return column if column.dtype == pl.Boolean else column.cast(pl.Float64)
        # SONATA writes ids as unsigned integers; those of 2^63 and more do not fit and are named.
        whole = column.cast(pl.Int64, strict=False)
        if whole.null_count():
            large = column.filter(whole.is_null())[0]
            raise self.fault(
                f"expected whole numbers of less than 2^63, found {large}", "Renumber them.", name
            )
        return whole

    def open_array(self, name: str) -> Any:  # noqa: ANN401 - objects of an untyped library
        """Open a dataset of several axes, whose values are read later and in parts.

        Parameters
        ----------
        name : str
            Name of a dataset, or its path from this group.

        Returns
        -------
        h5py.Dataset
            The dataset.

        Raises
        ------
        InputError
            When there is no such dataset, its values are in other files, or it has far more values
            than its place in the file can hold.
        """
        dataset = self._open(name)
        if not isinstance(dataset, self.h5py.Dataset):
            listed = ", ".join(self._names()) or "nothing"
            raise self.fault(f"expected a dataset {name}, found {listed}", _COPY)
        self._require_inside(dataset, name)
        try:
            # Without a limit of its own: volumes are larger than the memory and read in parts.
            self._require_room(dataset, name, float("inf"))
        except (OSError, RuntimeError, TypeError) as error:
            raise self.fault(f"cannot be read ({type(error).__name__})", _COPY, name) from error
        return dataset

    def _require_inside(self, dataset: Any, name: str) -> None:  # noqa: ANN401
        # Both name other files of this computer, chosen by whoever wrote the file.
        if dataset.external or dataset.is_virtual:
            raise self.fault(
                "expected values inside the file, found a reference to other files",
                _INSIDE,
                name,
            )

    def read_whole(self, name: str, length: int | None = None) -> pl.Series:
        """Read a column of whole numbers.

        Parameters
        ----------
        name : str
            Name of a dataset.
        length : int, optional
            Number of values that it must have.

        Returns
        -------
        pl.Series
            Int64 without null.

        Raises
        ------
        InputError
            When it is missing, of another type, or of another length.
        """
        column = self.read(name)
        if column is None or column.dtype != pl.Int64:
            dataset = self._open(name)
            raise self.fault(
                f"expected one whole number for each row, found {dataset.dtype} of shape "
                f"{dataset.shape}",
                "Write ids and indices as integers; a float cannot hold ids beyond 2^53.",
                name,
            )
        if length is not None and len(column) != length:
            raise self.fault(f"expected {length} values, found {len(column)}", _COPY, name)
        return column

    def _open(self, name: str) -> Any:  # noqa: ANN401 - objects of an untyped library
        try:
            return self._walk(self.group, name, name, _MOST_LINKS)
        # What h5py raises for a damaged group or type is not documented.
        except (KeyError, OSError, RuntimeError, TypeError) as error:
            raise self.fault(f"cannot be read ({type(error).__name__})", _COPY, name) from error

    def _walk(self, start: Any, path: str, name: str, links_left: int) -> Any:  # noqa: ANN401
        """Open what a path leads to, one link at a time; None where there is nothing.

        Every link is looked at before it is followed: opening a path at once would open each file
        that a link on the way leads to. ``name`` is where the way began, for faults.
        """
        found = start
        for part in (part for part in path.split("/") if part not in ("", ".")):
            link = found.get(part, getlink=True) if isinstance(found, self.h5py.Group) else None
            if link is None:
                return None
            if isinstance(link, self.h5py.HardLink):
                found = found[part]
            elif isinstance(link, self.h5py.SoftLink) and links_left:
                origin = self.group.file if link.path.startswith("/") else found
                found = self._walk(origin, link.path, name, links_left - 1)
            else:
                inside = isinstance(link, self.h5py.SoftLink)
                what = "links that lead to each other" if inside else "a link to another file"
                raise self.fault(f"expected values inside the file, found {what}", _INSIDE, name)
        return found

    def _names(self) -> list[str]:
        try:
            names = list(self.group)
            # A name that is no UTF-8 comes as bytes.
            return [name if isinstance(name, str) else name.decode() for name in names]
        except (OSError, RuntimeError, ValueError) as error:
            raise self.fault(f"cannot be read ({type(error).__name__})", _COPY) from error

    def _require_room(
        self,
        dataset: Any,  # noqa: ANN401
        name: str,
        largest: float = _LARGEST,
    ) -> None:
        """Refuse a dataset that a small file makes large: its size is only a number in it."""
        size, stored = dataset.size * dataset.dtype.itemsize, dataset.id.get_storage_size()
        if size > largest or (size > _SMALL and size > _DENSEST * max(stored, 1)):
            raise self.fault(
                f"expected values of the size of the file, found {size / 2**20:,.0f} MB in "
                f"{stored / 2**20:,.1f} MB",
                _COPY,
                name,
            )
