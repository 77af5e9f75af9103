"""A small study that does real work: the mean of a sample against shuffled signs."""

from __future__ import annotations

import errno
import io
import json
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import polars as pl
from pydantic import Field

from neuropil.contracts import (
    Citation,
    Claim,
    Criterion,
    Figure,
    Finding,
    Loaded,
    NullSummary,
    Operation,
    Settings,
    Source,
    Study,
    at_least,
    at_most,
    between,
)

CITATION = Citation("doe2024", "Doe 2024, A mean", "10.1000/mean")
SOURCE = Source("planted-mean", "CC0", synthetic=True, citations=(CITATION,))
CARD = "# A mean\n\n## Limits\n\nOne number says little.\n"


class Weights(Settings):
    """A group of settings."""

    linear: float = 1.0
    quadratic: float = 0.0


class FakeConfig(Settings):
    """Settings of the fake study."""

    sample_size: int = Field(default=200, ge=2)
    planted_mean: float = 2.0
    weights: Weights = Weights()
    trouble: str = ""


@dataclass(frozen=True)
class Recipe:
    """What a sample is drawn from."""

    mean: float
    n: int
    source: Source = SOURCE

    @property
    def provenance(self):
        """How it is made."""
        return (Operation("generate", {"n": self.n}),)


def draw_sample(mean, n, seed):
    """A sample, as a piece of work returns it."""
    return seed.child("sample").generator().normal(mean, size=n).tolist()


def _claim_of(statistic):
    def measure(bench):
        drawn = (bench.data.mean, bench.data.n, bench.seed)
        value = float(statistic(np.array(bench.do("sample", draw_sample, *drawn))))
        data = "synthetic-head-direction"
        return Finding(value, bench.data.n, value - 0.25, value + 0.25, data=data)

    return measure


def _skew(_):
    return Finding.not_run("The skew was not measured.")


MEAN = Criterion("mean", "Mean", "mV", at_least(1.5), smaller_is_better=False, headline=True)


class FakeStudy(Study):
    """Recover a planted mean."""

    name = "fake"
    title = "A planted mean is recovered"
    summary = "Mean of a sample."
    config = FakeConfig
    fast = MappingProxyType({"sample_size": 20})
    citations = (CITATION,)
    claims = (
        Claim("mean", "recovered mean", "mV", MEAN.bound, _claim_of(np.mean), "2.0"),
        Claim("spread", "recovered spread", "mV", at_most(0.5), _claim_of(np.std)),
        Claim("skew", "recovered skew", "1", between(-0.1, 0.1), _skew),
        Claim("largest", "largest draw", "mV", None, _claim_of(np.max)),
    )

    def card(self):
        return CARD

    def load(self, config):
        return Loaded(Recipe(config.planted_mean, config.sample_size))

    def headline(self, metrics):
        return f"the mean is {metrics['mean'].value:.1f} mV"

    def run(self, task):
        config, seed, writer = task.config, task.seed, task.writer
        draws = np.array(draw_sample(task.data.mean, task.data.n, seed))
        half = writer.checkpoint / "half.json"
        with task.progress.track("draw", 2) as advance:
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


def measure(draws, generator):
    """Mean of a sample, its interval, and its null."""
    signs = generator.choice([-1.0, 1.0], size=(99, draws.size))
    null = (signs * draws).mean(axis=1)
    low, median, high = np.percentile(null, [2.5, 50, 97.5])
    error = 1.96 * draws.std() / np.sqrt(draws.size)
    value = float(draws.mean())
    flipped = NullSummary("signs flipped", float(median), float(low), float(high), 99, 0.01)
    return MEAN.metric(
        Finding(
            value,
            draws.size,
            float(value - error),
            float(value + error),
            "normal, over draws",
            flipped,
        )
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
