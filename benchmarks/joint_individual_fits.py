"""Whole fits of joint and individual coordinates: neuropil against a model of multivae."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from measuring import summarise, use_threads

__all__ = [
    "FITS",
    "PAIR",
    "SUBJECTS",
    "Size",
    "compare_fits",
    "fit_once",
    "show_fits",
    "split_cohort",
]

SUBJECTS = 1000
PAIR = ("SC", "FC")  # what is given, and what is predicted of test subjects
_THREADS = 2


class Size(NamedTuple):
    """How much is timed.

    Parameters
    ----------
    repeats : int
        Timed runs of an epoch of steps.
    fits : int
        Timed fits.
    epochs : int
        Of a fit; neuropil rounds up to a multiple of ten, from one validation to the next.
    """

    repeats: int = 30
    fits: int = 3
    epochs: int = 200


def split_cohort() -> tuple[Any, dict[str, Any]]:
    """Return the planted world, and the rows that train, validate and test.

    The rows that train and validate are those that ``JointIndividualVAE`` would choose.
    """
    import numpy as np

    from neuropil.cohorts.splits import hold_out
    from neuropil.contracts import SeedTree
    from neuropil.datasets import plant_linear_cohort

    planted = plant_linear_cohort(0, n_subjects=SUBJECTS)
    known, test = (np.flatnonzero(planted.rows("test") == each) for each in (False, True))
    training, validation = hold_out(np.arange(len(known)), SeedTree(0))
    return planted, {
        "training": known[training],
        "validation": known[validation],
        "test": test,
        "known": known,
    }


def fit_neuropil(epochs: int) -> dict[str, Any]:
    """Time a whole fit in this process: components, closed forms, compilation and training."""
    from neuropil.cohorts import JointIndividualVAE

    planted, rows = split_cohort()
    # Validated every ten epochs, and so never stopped early.
    plan = {"epochs": epochs, "patience": epochs // 10 + 1}
    known, test = (planted.cohort.take(rows[part]) for part in ("known", "test"))
    begin = time.perf_counter()
    model = JointIndividualVAE(modalities=PAIR, plan=plan).fit(known)
    seconds = time.perf_counter() - begin
    return {"seconds": seconds, **_score(planted, rows, model.cross_predict(*PAIR, test))}


def fit_multivae(epochs: int) -> dict[str, Any]:
    """Time a whole fit of the rival in this process, with the same subjects, batches and steps."""
    from joint_individual_rival import fit_and_predict

    from neuropil.cohorts.joint.models.variational import VariationalPlan

    plan, (planted, rows) = VariationalPlan(), split_cohort()
    edges = {name: planted.cohort.edges(name) for name in PAIR}
    settings = {"epochs": epochs, "batch": plan.batch, "learning_rate": plan.learning_rate}
    seconds, predicted = fit_and_predict(edges, rows, PAIR, settings)
    names = ("multivae", "pythae", "torch", "torchvision")
    versions = {"versions": {name: version(name) for name in names}}
    return {"seconds": seconds, **_score(planted, rows, predicted), **versions}


def _score(planted: Any, rows: dict[str, Any], predicted: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return squared errors of FC in test subjects: of a model, of the mean, and the least."""
    from neuropil.datasets import bayes_fc_given_sc

    measured, test = planted.cohort.edges(PAIR[1]), rows["test"]
    guesses = {
        "mse": predicted,
        "mean_mse": measured[rows["known"]].mean(axis=0),
        "bayes_mse": bayes_fc_given_sc(planted)[test],
    }
    errors = {
        name: round(float(((guess - measured[test]) ** 2).mean()), 5)
        for name, guess in guesses.items()
    }
    return {**errors, "test_subjects": len(test)}


FITS = {"neuropil": fit_neuropil, "multivae": fit_multivae}


def fit_once(name: str, target: Path, size: Size) -> None:
    """Fit one model in this process and write its time and errors."""
    use_threads(_THREADS)
    target.write_text(json.dumps(FITS[name](size.epochs)), encoding="utf-8")


def compare_fits(
    script: Path, target: Path, size: Size, options: tuple[str, ...]
) -> dict[str, Any]:
    """Fit both models in turn, each time in a process of its own, which compiles anew."""
    seconds: dict[str, list[float]] = {name: [] for name in FITS}
    found: dict[str, Any] = {}
    # Programs that an earlier process left in a folder would not be compiled.
    kept = {key: value for key, value in os.environ.items() if key != "JAX_COMPILATION_CACHE_DIR"}
    part = target.with_suffix(".part")
    for _ in range(size.fits):
        for name in FITS:
            command = [sys.executable, str(script), str(part), "--fit", name, *options]
            subprocess.run(command, check=True, env=kept)
            found[name] = json.loads(part.read_text(encoding="utf-8"))
            part.unlink()
            seconds[name].append(found[name].pop("seconds"))
    record = summarise(seconds, "neuropil", "multivae")
    scores = {name: {**record.pop(name), **each} for name, each in found.items()}
    return {"epochs": size.epochs, "threads": _THREADS, **record, **scores}


def show_fits(record: dict[str, Any]) -> None:
    """Print times and errors of the fits."""
    ratio = "disturbed" if record["disturbed"] else f"ratio {record['ratio']:.2f}"
    sys.stdout.write(
        f"\nwhole fit, {record['epochs']} epochs, {record['threads']} threads, {ratio}\n"
    )
    for name in FITS:
        each = record[name]
        sys.stdout.write(
            f"  {name:8}  {each['median_ms'] / 1e3:7.1f} s  squared error of {PAIR[1]} "
            f"{each['mse']:.4f} (mean {each['mean_mse']:.4f}, least {each['bayes_mse']:.4f})\n"
        )
