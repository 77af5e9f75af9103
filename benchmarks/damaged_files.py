"""What becomes of damaged files: refused by name, or read to a valid noun, and never anything else.

A small valid file of every format is cut, or changed, at random places, and read. Counted are

- ``refused``: one of neuropil's own errors, on one line;
- ``same``: read, with the values of the undamaged file;
- ``noted``: read, with other values and a note that the undamaged file does not have;
- ``shorter``: a text cut at the end of a line, which cannot be told from a file of fewer lines;
- ``other``: a change that cannot be told, because it makes another valid file, as 37 from 31;
- ``silent wrong``: a cut file that is read without an error and without a note, and whose values
  differ, other than by whole lines of a text at its end.

Faults are a silent wrong value, any other exception or warning, an invalid noun, more than 10 s,
more than 1 GiB of memory, and a file left behind; their number is the exit status.
``python benchmarks/damaged_files.py --cases 2000 --seed 0``.
"""

from __future__ import annotations

import argparse
import dataclasses
import faulthandler
import hashlib
import json
import random
import re
import resource
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from samples import SAMPLES, Sample, lay_out, read_sample

from neuropil.connectome import Connectome, VoxelArray
from neuropil.contracts import NeuropilError

_SECONDS = 10.0
_MEMORY = 1 << 20  # in units of 1 KiB, as Linux counts the memory of a process
_LONGEST_MESSAGE = 1000
_ODD = (b"nan", b"inf", b"1e999", b"-1", b"9" * 30, b"0.5", b"1,5", b"text", b"", b"NA", b"1e3")
_OUTCOMES = ("refused", "same", "noted", "shorter", "other", "silent wrong")

Damage = Callable[[bytes, random.Random], bytes]
Counts = dict[str, Counter[str]]


def _cut(content: bytes, rng: random.Random) -> bytes:
    return content[: rng.randrange(len(content))]


def _change(content: bytes, rng: random.Random) -> bytes:
    place = rng.randrange(len(content))
    return content[:place] + bytes([rng.randrange(256)]) + content[place + 1 :]


def _insert(content: bytes, rng: random.Random) -> bytes:
    place = rng.randrange(len(content) + 1)
    odd = rng.choice(list(b'"\n\r,\t;#\0- .<&{')).to_bytes()
    return content[:place] + rng.choice([odd, rng.randbytes(rng.randint(1, 8))]) + content[place:]


def _remove(content: bytes, rng: random.Random) -> bytes:
    place = rng.randrange(len(content))
    return content[:place] + content[place + rng.choice([1, 1, 2, 8]) :]


def _double(content: bytes, rng: random.Random) -> bytes:
    lines = content.splitlines(keepends=True)
    place = rng.randrange(len(lines))
    return b"".join([*lines[: place + 1], lines[place], *lines[place + 1 :]])


def _replace_number(content: bytes, rng: random.Random) -> bytes:
    numbers = list(re.finditer(rb"[0-9]+(\.[0-9]+)?", content))
    if not numbers or b"\0" in content:
        # Numbers of a binary file: lengths and offsets become huge, or nothing.
        place, width = rng.randrange(len(content)), rng.choice([1, 2, 4, 8])
        return (
            content[:place]
            + rng.choice([b"\xff", b"\0", b"\x7f"]) * width
            + content[place + width :]
        )
    chosen = rng.choice(numbers)
    return content[: chosen.start()] + rng.choice(_ODD) + content[chosen.end() :]


_DAMAGES: dict[str, Damage] = {
    "cut": _cut,
    "changed": _change,
    "inserted": _insert,
    "removed": _remove,
    "doubled": _double,
    "number": _replace_number,
}


def digest(noun: Any) -> str:  # noqa: ANN401 - any noun
    """Hash the values of a noun, without its origin and history."""
    sha = hashlib.sha256()
    for field in dataclasses.fields(noun):
        if field.name not in ("source", "provenance", "notes"):
            sha.update(field.name.encode())
            sha.update(_bytes_of(getattr(noun, field.name)))
    return sha.hexdigest()


def _notes_of(noun: Any) -> frozenset[str]:  # noqa: ANN401 - any noun
    # Some nouns have notes of their own beside those of their origin.
    return frozenset((*noun.source.notes, *getattr(noun, "notes", ())))


def _bytes_of(value: Any) -> bytes:  # noqa: ANN401 - any field of a noun
    if isinstance(value, pl.DataFrame):
        return repr((value.schema, value.rows())).encode()
    if isinstance(value, np.ndarray):
        return repr((value.dtype, value.shape, value.tolist())).encode()
    if isinstance(value, Mapping):
        return b"".join(str(key).encode() + _bytes_of(value[key]) for key in value)
    if isinstance(value, VoxelArray):
        # Read here, where an array on disk meets its damage.
        return _bytes_of(np.asarray(value[...]))
    if dataclasses.is_dataclass(value):
        return digest(value).encode()
    return repr(value).encode()


def _require_valid(noun: Any) -> None:  # noqa: ANN401 - any noun
    """Check a noun once more, as its constructor does, and its weights beyond that."""
    dataclasses.replace(noun)
    if isinstance(noun, Connectome):
        weights = noun.edges.select(noun.weight_names)
        if not weights.select(pl.all_horizontal(pl.all().is_finite().all())).item():
            raise AssertionError("a weight is not finite")


class Files:
    """A sample in a folder, of which one file at a time is damaged."""

    def __init__(self, name: str, sample: Sample, folder: Path) -> None:
        self.name, self.sample, self.folder = name, sample, folder
        folder.mkdir()
        self.contents = lay_out(sample, folder)
        noun = read_sample(sample, folder)
        self.digest, self.notes = digest(noun), _notes_of(noun)

    def try_damage(self, kind: str, rng: random.Random) -> tuple[str, list[str]]:
        """Damage a file, read, and put the file back; return the outcome and the faults."""
        name = rng.choice(list(self.contents))
        whole = self.contents[name]
        damaged = _DAMAGES[kind](whole, rng)
        (self.folder / name).write_bytes(damaged)
        begun, faults = time.perf_counter(), []
        # Ends the process with its traceback where compiled code never returns.
        faulthandler.dump_traceback_later(3 * _SECONDS, exit=True)
        try:
            outcome = self._judge(kind, damaged, whole)
        # Whatever is no error of neuropil's own is what is looked for here.
        except Exception:
            outcome, faults = "fault", [traceback.format_exc()]
        faulthandler.cancel_dump_traceback_later()
        if time.perf_counter() - begun > _SECONDS:
            faults.append(f"took {time.perf_counter() - begun:.0f} s")
        if resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > _MEMORY:
            faults.append("took more than 1 GiB of memory")
        (self.folder / name).write_bytes(whole)
        left = {str(path.relative_to(self.folder)) for path in self._files()} - set(self.contents)
        if left:
            faults.append(f"left behind {sorted(left)}")
        if outcome == "silent wrong":
            faults.append("read without an error or a note, with other values")
        return outcome, [f"{self.name}, {name}, {kind}: {fault}\n{damaged!r}" for fault in faults]

    def _judge(self, kind: str, damaged: bytes, whole: bytes) -> str:
        try:
            noun = read_sample(self.sample, self.folder)
            # Within, as volumes are read where they are sliced.
            found = digest(noun)
        except NeuropilError as error:
            message = str(error)
            if "\n" in message or len(message) > _LONGEST_MESSAGE:
                raise AssertionError(f"not one line of a readable length: {message!r}") from error
            return "refused"
        _require_valid(noun)
        if found == self.digest:
            return "same"
        if _notes_of(noun) - self.notes:
            return "noted"
        if kind != "cut" or damaged == whole:
            return "other"
        ends_a_line = not damaged or damaged.endswith(b"\n")
        return "shorter" if ends_a_line and not self.sample.binary else "silent wrong"

    def _files(self) -> list[Path]:
        return [path for path in self.folder.rglob("*") if path.is_file()]


def run(
    cases: int, seed: int
) -> tuple[dict[str, Counter[str]], dict[str, Counter[str]], list[str]]:
    """Damage and read files.

    Parameters
    ----------
    cases : int
        How many; formats and kinds of damage take turns.
    seed : int
        Root of every draw.

    Returns
    -------
    by_format, by_damage : dict of str to Counter
        Number of each outcome.
    faults : list of str
        What must not happen, each with what was read.
    """
    rng = random.Random(seed)  # noqa: S311 - no secret is drawn
    by_format = {name: Counter[str]() for name in SAMPLES}
    by_damage = {kind: Counter[str]() for kind in _DAMAGES}
    faults: list[str] = []
    with tempfile.TemporaryDirectory() as root, warnings.catch_warnings():
        warnings.simplefilter("error")
        # What a reader writes for itself must be gone as well.
        own = Path(root) / "temporary"
        own.mkdir()
        tempfile.tempdir = str(own)
        files = [
            Files(name, sample, Path(root) / str(number))
            for number, (name, sample) in enumerate(SAMPLES.items())
        ]
        for case in range(cases):
            each = files[case % len(files)]
            kind = list(_DAMAGES)[case // len(files) % len(_DAMAGES)]
            outcome, found = each.try_damage(kind, rng)
            by_format[each.name][outcome] += 1
            by_damage[kind][outcome] += 1
            faults += found
        faults += [f"left behind {path.name}" for path in own.iterdir()]
        tempfile.tempdir = None
    return by_format, by_damage, faults


def _print(title: str, counts: Counts) -> None:
    print(f"{title:20}" + "".join(f"{word:>14}" for word in _OUTCOMES))
    total = sum(counts.values(), Counter[str]())
    for name, count in (*counts.items(), ("all", total)):
        print(f"{name:20}" + "".join(f"{count[word]:14,}" for word in _OUTCOMES))


def main() -> int:
    """Print the counts, as tables or as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    by_format, by_damage, faults = run(given.cases, given.seed)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    if given.json:
        record = {"formats": by_format, "damages": by_damage, "faults": faults, "peak_gib": peak}
        print(json.dumps(record))
    else:
        _print("format", by_format)
        print()
        _print("damage", by_damage)
        print(f"\n{given.cases:,} damaged files, {len(faults)} faults, peak memory {peak:.2f} GiB")
        for fault in faults:
            print(f"\n{fault}")
    return min(len(faults), 100)


if __name__ == "__main__":
    sys.exit(main())
