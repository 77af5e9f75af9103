"""The study ``logic``: a network of gates learned, hardened, tested once and exported."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from neuropil.connectome import ImageSet
from neuropil.contracts import Citation, Claim, Loaded, Metric, Settings, Study, Task
from neuropil.logic.claims import CLAIMS
from neuropil.logic.config import FAST, LogicConfig, check_config, load_images
from neuropil.logic.results import write_run
from neuropil.logic.score import say_result

__all__ = ["Logic"]


class Logic(Study[LogicConfig, ImageSet]):
    """Learn the wiring of a network of logic gates, and check the circuit in simulated hardware."""

    name: ClassVar[str] = "logic"
    title: ClassVar[str] = "A connectome of logic gates that machine learning wired"
    summary: ClassVar[str] = (
        "Learn the functions and the wires of two-input gates, and export the circuit to hardware."
    )
    config: ClassVar[type[Settings]] = LogicConfig
    fast: ClassVar[Mapping[str, Any]] = FAST
    claims: ClassVar[tuple[Claim, ...]] = CLAIMS
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

    def load(self, config: LogicConfig) -> Loaded[ImageSet]:
        """Return the images of the settings, MNIST or the embedded digits when none are named."""
        return load_images(config.dataset)

    def check(self, config: LogicConfig, data: ImageSet) -> None:
        """Refuse wiring, encodings and layers that cannot be built for these images."""
        check_config(config, data)

    def headline(self, metrics: Mapping[str, Metric]) -> str:
        """Say how many test images the circuit has right, and what hardening cost."""
        return say_result(metrics)

    def run(self, task: Task[LogicConfig, ImageSet]) -> None:
        """Train a network, harden it, test it once, export it and check what was exported."""
        write_run(task)
