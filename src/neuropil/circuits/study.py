"""The study ``head-direction``: settings, one run, and the protocol of its targets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from joblib import cpu_count

from neuropil.circuits.claims.table import reproduce_targets
from neuropil.circuits.config import FAST, HeadDirectionConfig, load_default
from neuropil.circuits.criteria import TARGETS
from neuropil.circuits.data import Circuit, build_circuit
from neuropil.circuits.experiments.ablation import ablate
from neuropil.circuits.experiments.effects import Network, fit_ring_neurons
from neuropil.circuits.experiments.perturbation import parse_perturbation
from neuropil.circuits.experiments.physiology import PHYSIOLOGY_CITATIONS
from neuropil.circuits.experiments.ring_neurons import RING_TYPE, add_ring_neurons
from neuropil.circuits.fit import RingAttractor
from neuropil.circuits.results import write_experiments, write_results
from neuropil.circuits.score import measure_shuffled
from neuropil.contracts import (
    Citation,
    Progress,
    Reproduction,
    RunWriter,
    SeedTree,
    Study,
    StudyConfig,
    Target,
)
from neuropil.datasets import symmetrise
from neuropil.learning import Listener, TaskBook, enable_compilation_cache

__all__ = ["HeadDirection"]


class HeadDirection(Study):
    """Recover a compass from the raw wiring of the fly's heading circuit."""

    name: ClassVar[str] = "head-direction"
    title: ClassVar[str] = "A ring attractor from the fly's raw wiring"
    summary: ClassVar[str] = (
        "Tune one gain per pair of cell types until the raw connectome holds and moves a bump."
    )
    package: ClassVar[str] = "neuropil.circuits"
    config: ClassVar[type[StudyConfig]] = HeadDirectionConfig
    fast: ClassVar[Mapping[str, Any]] = FAST
    targets: ClassVar[tuple[Target, ...]] = TARGETS
    citations: ClassVar[tuple[Citation, ...]] = (
        Citation(
            "duan2025",
            "Duan S, Dong LL, Fiete I 2025, From Synapses to Dynamics: Obtaining Function from "
            "Structure in a Connectome Constrained Model of the Head Direction Circuit, NeurIPS",
            "10.1101/2025.05.26.655406",
        ),
        Citation(
            "marquardt1963",
            "Marquardt DW 1963, An Algorithm for Least-Squares Estimation of Nonlinear "
            "Parameters, J. Soc. Ind. Appl. Math. 11:431",
            "10.1137/0111030",
        ),
        *PHYSIOLOGY_CITATIONS,
    )

    def run(
        self, config: StudyConfig, seed: SeedTree, writer: RunWriter, progress: Progress
    ) -> None:
        """Fit the circuit, measure it and its shuffled nulls, and write the results."""
        config = HeadDirectionConfig.require(config)
        enable_compilation_cache()
        connectome, note = load_default(config.data)
        if config.counts == "symmetrised":
            connectome = symmetrise(connectome)
        whole = add_ring_neurons(connectome) if RING_TYPE in config.include else connectome
        circuit = build_circuit(whole, config.readout, config.velocity)
        ablate(circuit, config.ablate)
        if config.perturb:
            parse_perturbation(config.perturb)
        writer.begin([whole.source], whole.provenance)
        if note:
            writer.note(note)
        model = config.model(seed.root)
        listener = Listener(progress, writer.checkpoint / "training.safetensors")
        model.fit(connectome, listener=listener)
        if whole is not connectome:
            _include(model, circuit, config)
        with progress.track("measuring", 1 + config.shuffles) as advance:
            battery = model.measure(n_walks=config.walks, walk_seconds=config.walk_seconds)
            advance(1)
            nulls = measure_shuffled(
                model.parameters_, model.circuit_, config.dynamics, seed, config.shuffles, advance
            )
        write_results(writer, model, battery, nulls)
        write_experiments(writer, _network(model, config), config, progress)

    def reproduce(
        self,
        targets: Sequence[Target],
        seed: SeedTree,
        progress: Progress,
        *,
        fast: bool,
        work: Path,
    ) -> list[Reproduction]:
        """Run the protocol of the given targets over ten seeds and return one row each."""
        enable_compilation_cache()
        config = HeadDirectionConfig.model_validate(FAST if fast else {})
        book = TaskBook(work, progress, jobs=1 if fast else max(1, min(cpu_count(), 10)))
        return reproduce_targets(config, targets, seed, book, n_seeds=2 if fast else 10)


def _network(model: RingAttractor, config: HeadDirectionConfig) -> Network:
    return Network(
        model.parameters_,
        model.circuit_,
        config.dynamics,
        config.weights,
        config.refit,
        SeedTree(model.seed),
    )


def _include(model: RingAttractor, circuit: Circuit, config: HeadDirectionConfig) -> None:
    """Let a fit go on with one more type, which is seven times faster than from scratch."""
    model.parameters_ = fit_ring_neurons(_network(model, config), circuit)
    model.circuit_ = circuit
