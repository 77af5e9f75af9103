"""Damaged files of every format are refused by name, or read to a valid noun; nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from neuropil import formats

REPOSITORY = Path(__file__).parents[2]
CASES = 200


def test_damaged_files_are_refused_or_read() -> None:
    # In a process of its own, whose memory is that of the readers alone.
    done = subprocess.run(
        [
            *(sys.executable, str(REPOSITORY / "benchmarks" / "damaged_files.py")),
            *("--cases", str(CASES), "--seed", "15", "--json"),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.stdout, done.stderr
    found = json.loads(done.stdout)
    assert found["faults"] == []
    assert done.returncode == 0
    # Not even what a library prints of its own accord.
    assert done.stderr == ""
    assert found["peak_gib"] < 1
    for counts in (found["formats"], found["damages"]):
        assert sum(sum(count.values()) for count in counts.values()) == CASES
    outcomes = {word for count in found["formats"].values() for word in count}
    assert outcomes <= {"refused", "same", "noted", "shorter", "other"}
    cut = found["damages"]["cut"]
    assert cut["refused"] > 0.8 * sum(cut.values())


def test_every_format_has_a_sample(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib; from samples import SAMPLES, lay_out; from neuropil import formats\n"
        "for number, sample in enumerate(SAMPLES.values()):\n"
        "    folder = pathlib.Path(sys.argv[1]) / str(number)\n"
        "    folder.mkdir()\n"
        "    lay_out(sample, folder)\n"
        "    paths = [folder / name for name in sample.reads] or [folder]\n"
        "    print(sample.format or formats.choose(*paths, kind=sample.kind).name)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        cwd=REPOSITORY / "benchmarks",
        capture_output=True,
        text=True,
        check=True,
    )
    assert set(done.stdout.split()) == set(formats.FORMATS)
