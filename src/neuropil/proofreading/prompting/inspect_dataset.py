"""Items as a data set that the evaluation framework Inspect reads: JSON lines and pictures."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from neuropil.contracts import OutputError, Progress, SilentProgress, atomic_write
from neuropil.language import Message
from neuropil.proofreading.prompting.parsing import list_answers
from neuropil.proofreading.prompting.prompts import PromptMode, ask
from neuropil.proofreading.prompting.solvers import Camera, Task
from neuropil.proofreading.rendering.pictures import Studio

__all__ = ["write_inspect_dataset"]


def write_inspect_dataset(
    folder: Path | str,
    task: Task,
    mode: PromptMode = "description",
    camera: Camera | None = None,
    progress: Progress | None = None,
) -> Path:
    r"""Write the items of a task with their pictures.

    The file needs no package of ours: ``inspect_ai.dataset.json_dataset`` reads it, and finds the
    pictures beside it. Scores come from the content of the answer tag, for example with
    ``inspect_ai.scorer.pattern(r"<answer>\s*(-?\w+)\s*</answer>")``.

    Parameters
    ----------
    folder : Path or str
        A new folder.
    task : Task
        The questions.
    mode : {"null", "description", "heuristics"}
        How much help the prompt gives.
    camera : Camera, optional
        Where pictures come from; drawn from the task's volume when not given.
    progress : Progress, optional
        Told about each item.

    Returns
    -------
    Path
        The file ``items.jsonl`` in the folder.

    Raises
    ------
    OutputError
        When the folder exists; name another.
    """
    folder = Path(folder)
    if folder.exists():
        raise OutputError("the folder exists", where=str(folder), repair="Name a new folder.")
    camera = camera or Studio(task.volume, task.segmentation)
    with atomic_write(folder) as temporary:
        (temporary / "images").mkdir(parents=True)
        with (
            # The same line ends on every system, so that the file is the same to the last byte.
            (temporary / "items.jsonl").open("w", encoding="utf-8", newline="\n") as file,
            (progress or SilentProgress()).track("items", len(task.items)) as advance,
        ):
            for item in task.items:
                messages = ask(camera.take(item), mode)
                record = {
                    "id": item.id,
                    "input": [_write_message(one, item.id, temporary) for one in messages],
                    "target": item.answer,
                    "metadata": {
                        "task": item.task,
                        "part": item.part,
                        "origin": item.origin,
                        "allowed": list(list_answers(item)),
                        "mode": mode,
                    },
                }
                file.write(json.dumps(record, ensure_ascii=False) + "\n")
                advance(1)
    return folder / "items.jsonl"


def _write_message(message: Message, name: str, folder: Path) -> dict[str, Any]:
    if not message.images:
        return {"role": message.role, "content": message.text}
    return {"role": message.role, "content": list(_write_content(message, name, folder))}


def _write_content(message: Message, name: str, folder: Path) -> Iterator[dict[str, str]]:
    for number, image in enumerate(message.images):
        place = f"images/{name}_{number}.png"
        (folder / place).write_bytes(image.png)
        if image.label:
            yield {"type": "text", "text": f"{image.label}:"}
        yield {"type": "image", "image": place}
    yield {"type": "text", "text": message.text}
