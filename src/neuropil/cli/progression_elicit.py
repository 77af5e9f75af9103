"""``neuropil progression elicit``: how likely each edge is, asked of a model or of rules."""

from __future__ import annotations

import shlex
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from neuropil.cli.console import open_progress, print_json
from neuropil.cli.failures import INTERRUPTED
from neuropil.cli.reading import takes_options
from neuropil.cli.segmentation_files import FORCE

if TYPE_CHECKING:
    from neuropil.progression import EdgeAnswers, Elicitation, ElicitationPlan, Expert, RegionSet

__all__ = ["elicit"]

# A row of 68 regions takes about 1,600 tokens; models that reason first take several times that.
_MOST_TOKENS = 8192

_ASKING = {
    "attempts": Annotated[
        int | None,
        typer.Option(
            "--attempts",
            min=1,
            help="Times that a question is asked until its reply can be read.",
            show_default="3",
        ),
    ],
    "workers": Annotated[
        int | None,
        typer.Option("--workers", min=1, help="Questions under way at once.", show_default="4"),
    ],
    "max_tokens": Annotated[
        int | None,
        typer.Option("--max-tokens", min=1, help="Tokens of an answer.", show_default="8192"),
    ],
    "temperature": Annotated[
        float | None,
        typer.Option("--temperature", min=0, max=2, help="How freely answers are drawn.",
                     show_default="the server's"),
    ],
    "input_price": Annotated[
        float | None,
        typer.Option("--input-price", min=0, help="USD per million tokens that are read."),
    ],
    "output_price": Annotated[
        float | None,
        typer.Option("--output-price", min=0, help="USD per million tokens that are written."),
    ],
    "replies": Annotated[
        Path | None,
        typer.Option(
            "--replies",
            help="File of replies, which are never paid twice.",
            show_default="beside the output",
        ),
    ],
}  # fmt: skip
_SWITCHES = {
    "dry_run": Annotated[
        bool | None,
        typer.Option("--dry-run", help="Estimate the cost and ask nothing.", show_default=False),
    ],
    "force": FORCE,
    "as_json": Annotated[
        bool | None, typer.Option("--json", help="Print JSON.", show_default=False)
    ],
}


@partial(takes_options, options={**_ASKING, **_SWITCHES})
def elicit(
    regions: Annotated[
        str, typer.Option(help="dk68, or a file whose labels of regions are taken.")
    ] = "dk68",
    mechanisms: Annotated[
        str, typer.Option(help="What is asked about, with commas between them.")
    ] = "tract,coactivation,expression,proximity",
    model: Annotated[
        str, typer.Option(help="rules, or a model such as openai:NAME or http://HOST/v1#NAME.")
    ] = "rules",
    repeats: Annotated[int, typer.Option(min=1, help="Answers to each question.")] = 5,
    budget_usd: Annotated[
        float, typer.Option(min=0, help="Price at which asking stops, with recorded replies.")
    ] = 1.0,
    out: Annotated[
        Path | None, typer.Option(help="File of answers, such as answers.jsonl.")
    ] = None,
    **options: Any,  # noqa: ANN401
) -> None:
    """Ask how likely each pair of regions is to interact, as a prior of edges.

    Mechanisms are tract, coactivation, expression, proximity, morphology and clearance. Rules
    answer from distance, lobe, network and mirror images, without a model, a key or a network.
    A language model is asked about one region and all others at a time. The cost is estimated
    first; every reply is kept, so that the same command goes on after an interruption or with a
    larger budget and pays nothing twice.
    """
    from neuropil.progression import ElicitationPlan, load_region_set

    given = {name: options[name] for name in ("attempts", "workers") if options[name] is not None}
    names = tuple(name.strip() for name in mechanisms.split(",") if name.strip())
    plan = ElicitationPlan(names, repeats, **given)
    dry = bool(options["dry_run"])
    _check_name(model)
    target = _check_output(out, dry=dry, force=bool(options["force"]))
    found = load_region_set(regions)
    if model == "rules":
        answers, record = _ask_rules(found, plan, dry=dry)
    else:
        asked = {**options, "model": model, "budget_usd": budget_usd}
        answers, record = _ask_model(found, plan, target, asked)
    if answers is not None:
        _write(target, answers, record)
    if options["as_json"]:
        print_json(record)
    else:
        _print(record)


def _check_name(model: str) -> None:
    from neuropil.contracts import ConfigError, did_you_mean

    # Every name of a model says where it is; what else is wrong is said where it is opened.
    if ":" not in model and model != "rules":
        raise ConfigError(
            f"expected rules or a model, found {model!r}",
            where="--model",
            repair=f"{did_you_mean(model, ['rules'])}Models are named as openai:NAME, "
            "anthropic:NAME, ollama:NAME or http://HOST:PORT/v1#NAME.",
        )


def _check_output(out: Path | None, *, dry: bool, force: bool) -> Path:
    from neuropil.contracts import ConfigError, OutputError

    if out is None:
        if not dry:
            raise ConfigError(
                "expected a name for the file of answers, found none",
                where="--out",
                repair="Name a file, such as answers.jsonl, or add --dry-run.",
            )
        return Path("answers.jsonl")
    # Before money is spent.
    if out.is_dir() or (out.exists() and not force and not dry):
        raise OutputError(
            "there is a file or folder of that name",
            where=str(out),
            repair="Choose another name, or add --force to replace a file.",
        )
    return out


def _ask_rules(
    regions: RegionSet, plan: ElicitationPlan, *, dry: bool
) -> tuple[EdgeAnswers | None, dict[str, Any]]:
    from neuropil.progression import answer_by_rules

    answers = answer_by_rules(regions, plan.mechanisms)
    record: dict[str, Any] = {
        "model": "rules",
        "regions": len(regions),
        "mechanisms": list(plan.mechanisms),
        "notes": ["Rules answer alike each time: there is one repeat, and no doubt is known."],
    }
    return None if dry else answers, record


def _ask_model(
    regions: RegionSet, plan: ElicitationPlan, out: Path, options: dict[str, Any]
) -> tuple[EdgeAnswers | None, dict[str, Any]]:
    from neuropil.progression import estimate_consultation

    expert = _choose_expert(options)
    place = options["replies"] or out.with_name(f"{out.stem}.replies.jsonl")
    estimate = estimate_consultation(expert, regions, plan, place)
    record: dict[str, Any] = {
        "model": expert.model,
        "regions": len(regions),
        "mechanisms": list(plan.mechanisms),
        "repeats": plan.repeats,
        "estimate": asdict(estimate),
        "notes": [],
    }
    if options["dry_run"]:
        return None, record
    expert.require_budget(estimate)
    typer.echo(_say_estimate(record["estimate"]), err=True)
    found = _consult(expert, regions, plan, place)
    # Said before answers are made of them: where a pair has none, that is why.
    for kind, count in found.failures.items():
        typer.echo(f"replies that could not be read, {kind}: {count}", err=True)
    record["replies"] = str(place)
    record["failures"] = dict(found.failures)
    record["open"] = len(found.open)
    if found.open:
        record["notes"].append(
            f"{len(found.open)} of {estimate.questions} questions have no reply that can be read; "
            "the other ends of their pairs or other repeats stand for them."
        )
    return found.to_answers(regions, plan, expert.model), record


def _choose_expert(options: dict[str, Any]) -> Expert:
    from neuropil.language import ChatSettings
    from neuropil.progression import Expert

    chosen = {name: options[name] for name in ("input_price", "output_price", "budget_usd")}
    named = {"max_tokens": options["max_tokens"] or _MOST_TOKENS}
    if options["temperature"] is not None:
        named["temperature"] = options["temperature"]
    return Expert(options["model"], chat=ChatSettings(**named), **chosen)


def _consult(expert: Expert, regions: RegionSet, plan: ElicitationPlan, place: Path) -> Elicitation:
    from neuropil.progression import consult

    try:
        return consult(expert, regions, plan, place, open_progress())
    except KeyboardInterrupt as error:
        kept = shlex.quote(str(place))
        typer.echo(
            f"interrupted: replies are kept in {kept}; to go on, repeat the same command", err=True
        )
        raise typer.Exit(INTERRUPTED) from error


def _write(path: Path, answers: EdgeAnswers, record: dict[str, Any]) -> None:
    from neuropil.contracts import sha256_of
    from neuropil.progression import write_answers

    write_answers(path, answers)
    record["answers"] = len(answers.answers)
    record["out"] = str(path)
    record["sha256"] = sha256_of(path)


def _say_estimate(estimate: dict[str, Any]) -> str:
    new = estimate["questions"] - estimate["recorded"]
    return (
        f"{estimate['questions']:,} questions, {estimate['recorded']:,} of them recorded; for the "
        f"other {new:,} about {estimate['input_tokens']:,} tokens are read and "
        f"{estimate['output_tokens']:,} written, about {estimate['usd']:.2f} USD"
    )


def _print(record: dict[str, Any]) -> None:
    if "out" in record:
        typer.echo(
            f"{record['answers']:,} answers of {record['model']} about {record['regions']} regions"
        )
    elif "estimate" in record:
        typer.echo(_say_estimate(record["estimate"]))
    for what in ("out", "replies"):
        if what in record:
            typer.echo(f"{'answers' if what == 'out' else what}: {record[what]}")
    for note in record["notes"]:
        typer.echo(f"note: {note}")
