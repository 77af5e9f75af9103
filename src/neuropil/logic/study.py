"""The study ``logic``: settings, one run, and the protocol of its targets."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from joblib import cpu_count

from neuropil.contracts import (
    Citation,
    ConfigError,
    Progress,
    Reproduction,
    RunWriter,
    SeedTree,
    Study,
    StudyConfig,
    Target,
)
from neuropil.datasets import ImageSet
from neuropil.learning import Listener, TaskBook, enable_compilation_cache
from neuropil.logic.claims.reproduction import reproduce_targets
from neuropil.logic.claims.table import TARGETS
from neuropil.logic.config import FAST, LogicConfig, load_images
from neuropil.logic.fit import LogicNetClassifier
from neuropil.logic.results import write_hardware, write_results, write_small_circuit
from neuropil.logic.score import Outcome, check_hardware, score_model
from neuropil.logic.training.encoders import parse_encoding
from neuropil.logic.training.schedule import parse_wiring

__all__ = ["Logic"]

_SEEDS = 3


class Logic(Study):
    """Learn the wiring of a network of logic gates, and check the circuit in simulated hardware."""

    name: ClassVar[str] = "logic"
    title: ClassVar[str] = "A connectome of logic gates that machine learning wired"
    summary: ClassVar[str] = (
        "Learn the functions and the wires of two-input gates, and export the circuit to hardware."
    )
    package: ClassVar[str] = "neuropil.logic"
    config: ClassVar[type[StudyConfig]] = LogicConfig
    fast: ClassVar[Mapping[str, Any]] = FAST
    targets: ClassVar[tuple[Target, ...]] = TARGETS
    citations: ClassVar[tuple[Citation, ...]] = (
        Citation(
            "fojcik2025",
            "Fojcik, Zioma, Armaitis 2025, LILogic Net: Compact Logic Gate Networks with Learnable "
            "Connectivity for Efficient Hardware Deployment, arXiv 2511.12340",
            "10.48550/arXiv.2511.12340",
        ),
        Citation(
            "petersen2022",
            "Petersen, Borgelt, Kuehne, Deussen 2022, Deep Differentiable Logic Gate Networks, "
            "arXiv 2210.08277",
            "10.48550/arXiv.2210.08277",
        ),
    )

    def run(
        self, config: StudyConfig, seed: SeedTree, writer: RunWriter, progress: Progress
    ) -> None:
        """Train a network, harden it, test it once, export it and check what was exported."""
        config = LogicConfig.require(config)
        enable_compilation_cache()
        images, note = load_images(config.dataset)
        _check(config, images)
        writer.begin([images.source])
        if note:
            writer.note(note)
        model = _fit(config, images, seed.root, Listener(progress, writer.checkpoint / "net.st"))
        outcome = score_model(model, images)
        controls = [
            _fit_control(config, images, seed.root + number, progress, writer.checkpoint)
            for number in range(config.controls)
        ]
        write_results(writer, model, outcome, controls, images)
        if config.drawn:
            write_small_circuit(writer, _small(config, images, seed.root, progress), images)
        if config.verify:
            bits = model.encode(images.test_images[: config.verify_images])
            with progress.track("checking hardware", 1) as advance:
                write_hardware(writer, check_hardware(outcome.circuit, bits))
                advance(1)
        shutil.rmtree(writer.model, ignore_errors=True)  # of an interrupted process
        model.save(writer.model)

    def reproduce(
        self,
        targets: Sequence[Target],
        seed: SeedTree,
        progress: Progress,
        *,
        fast: bool,
        work: Path,
    ) -> list[Reproduction]:
        """Run the protocol of the given targets and return one row each."""
        enable_compilation_cache()
        book = TaskBook(work, progress, jobs=1 if fast else min(cpu_count(), _SEEDS))
        return reproduce_targets(targets, seed, book, fast=fast)


def _check(config: LogicConfig, images: ImageSet) -> None:
    """Refuse settings that the data rule out before a folder is made."""
    parse_wiring(config.wiring, len(config.layers))
    parse_encoding(config.encoding)
    if config.layers[-1] % len(images.classes):
        raise ConfigError(
            f"expected a last layer that {len(images.classes)} classes divide, found "
            f"{config.layers[-1]} gates",
            where="layers",
            repair=f"Take a multiple of {len(images.classes)}.",
        )


def _fit(
    config: LogicConfig, images: ImageSet, seed: int, listener: Listener
) -> LogicNetClassifier:
    labels = [images.classes[label] for label in images.train_labels]
    return config.model(images, seed).fit(images.train_images, labels, listener)


def _fit_control(
    config: LogicConfig, images: ImageSet, seed: int, progress: Progress, folder: Path
) -> Outcome:
    fixed = config.model_copy(update={"wiring": "fixed"})
    listener = Listener(progress, folder / f"fixed-{seed}.st")
    return score_model(_fit(fixed, images, seed, listener), images)


def _small(
    config: LogicConfig, images: ImageSet, seed: int, progress: Progress
) -> LogicNetClassifier:
    update = {"layers": (config.drawn * len(images.classes),), "wiring": "topk:32"}
    return _fit(config.model_copy(update=update), images, seed, Listener(progress))
