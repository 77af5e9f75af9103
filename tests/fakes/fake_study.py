"""A small study that does real work: the mean of a sample against shuffled signs."""

from __future__ import annotations

import errno
import io
import json
from types import MappingProxyType

import numpy as np
import polars as pl
from pydantic import Field

from neuropil.contracts import (
    Citation,
    Figure,
    Metric,
    NullSummary,
    Operation,
    Reproduction,
    Source,
    Study,
    StudyConfig,
    Target,
)

CITATION = Citation("doe2024", "Doe 2024, A mean", "10.1000/mean")
SOURCE = Source("planted-mean", "CC0", synthetic=True, citations=(CITATION,))
CARD = "# A mean\n\n## Limits\n\nOne number says little.\n"


class Weights(StudyConfig):
    """A group of settings."""

    linear: float = 1.0
    quadratic: float = 0.0


class FakeConfig(StudyConfig):
    """Settings of the fake study."""

    sample_size: int = Field(default=200, ge=2)
    planted_mean: float = 2.0
    weights: Weights = Weights()
    trouble: str = ""


class FakeStudy(Study):
    """Recover a planted mean."""

    name = "fake"
    title = "A planted mean is recovered"
    summary = "Mean of a sample."
    package = "tests"
    config = FakeConfig
    fast = MappingProxyType({"sample_size": 20})
    citations = (CITATION,)
    targets = (
        Target("mean", "recovered mean", ">= 1.5", "mV", "2.0"),
        Target("spread", "recovered spread", "<= 0.5", "mV"),
        Target("skew", "recovered skew", "within 0.1", "1"),
    )

    def card(self):
        return CARD

    def run(self, config, seed, writer, progress):
        writer.begin([SOURCE], [Operation("generate", {"n": config.sample_size})])
        draws = (
            seed.child("sample").generator().normal(config.planted_mean, size=config.sample_size)
        )
        half = writer.checkpoint / "half.json"
        with progress.track("draw", 2) as advance:
            advance(1, "half")
            if config.trouble == "interrupt once" and not half.exists():
                half.parent.mkdir()
                half.write_text(json.dumps(draws[0]))
                raise KeyboardInterrupt
            if config.trouble == "full disk":
                raise OSError(errno.ENOSPC, "No space left on device", str(half))
            if config.trouble == "bug":
                raise ZeroDivisionError("division by zero")
            advance(1)
        if writer.resumed:
            writer.note("resumed")
        writer.add_metrics([measure(draws, seed.child("null").generator())])
        writer.add_figure(
            Figure("sample", "The sample", "Values [mV].", "A row of dots."),
            draw(draws),
            pl.DataFrame({"value": draws}),
        )

    def reproduce(self, targets, seed, progress, *, fast, work):  # noqa: ARG002
        n = 20 if fast else 200
        draws = seed.child("sample").generator().normal(2.0, size=n)
        measured = {"mean": float(draws.mean()), "spread": float(draws.std())}
        passed = {"mean": draws.mean() >= 1.5, "spread": draws.std() <= 0.5}
        with progress.track("measure", len(targets)) as advance:
            advance(len(targets))
        return [
            Reproduction(
                target,
                measured[target.id],
                measured[target.id] - 0.25,
                measured[target.id] + 0.25,
                n=n,
                passed=bool(passed[target.id]),
                data="synthetic-head-direction",
                command=f"neuropil reproduce fake --target {target.id}",
            )
            for target in reversed(targets)
            if target.id in measured
        ]


def measure(draws, generator):
    """Mean of a sample, its interval, and its null."""
    signs = generator.choice([-1.0, 1.0], size=(99, draws.size))
    null = (signs * draws).mean(axis=1)
    low, median, high = np.percentile(null, [2.5, 50, 97.5])
    error = 1.96 * draws.std() / np.sqrt(draws.size)
    return Metric(
        "mean",
        "Mean",
        float(draws.mean()),
        "mV",
        draws.size,
        float(draws.mean() - error),
        float(draws.mean() + error),
        "normal, over draws",
        NullSummary("signs flipped", float(median), float(low), float(high), 99, 0.01),
        ">= 1.5 mV",
        bool(draws.mean() >= 1.5),
        headline=True,
    )


def draw(values):
    """A row of dots as SVG."""
    text = io.StringIO()
    text.write('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 10">')
    for value in values[:20]:
        text.write(f'<circle cx="{50 + 10 * value:.2f}" cy="5" r="1"/>')
    text.write("</svg>")
    return text.getvalue().encode()


def register():
    """Enter the study into the table of studies."""
    from neuropil.pipelines import STUDIES

    STUDIES["fake"] = "fake_study:FakeStudy"


__all__ = ["SOURCE", "FakeStudy", "measure", "register"]
