"""Questions in words: what is shown, how large it is, what is asked, how to answer."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from neuropil.language import Image, Message
from neuropil.proofreading.prompting.parsing import list_answers
from neuropil.proofreading.rendering.pictures import Pictures

__all__ = ["PROMPT_MODES", "PromptMode", "ask", "write_prompt"]

PromptMode = Literal["null", "description", "heuristics"]
PROMPT_MODES: tuple[PromptMode, ...] = ("null", "description", "heuristics")
"""The task alone; with what right and wrong look like; with rules of thumb as well."""

_ROLE = (
    "You are an experienced proofreader of connectomes. You judge reconstructions of {tissue} "
    "from electron microscopy by the shapes of their segments."
)

_SHOWN: Mapping[str, str] = MappingProxyType(
    {
        "segment-type": "The pictures show one whole segment in blue.",
        "split-error-binary": "The pictures show two segments: the base in blue and a candidate "
        "in orange. The cube is centred where they come closest.",
        "split-error-choice": "The pictures show one base segment in blue, each time with another "
        "candidate in orange. There are {options} candidates, all seen in the same cube.",
        "merge-error-binary": "The pictures show one segment in blue, around the middle of the "
        "cube.",
        "merge-error-choice": "The pictures show {options} segments, one at a time, in blue, each "
        "around the middle of its cube.",
    }
)

_ASKED: Mapping[str, str] = MappingProxyType(
    {
        "segment-type": "What is this segment?\n"
        "a: one cell body with its processes\n"
        "b: several cell bodies\n"
        "c: processes of neurons without a cell body\n"
        "d: a nucleus\n"
        "e: no neuron, such as glia or a blood vessel\n"
        "f: none of these\n"
        "g: you cannot tell",
        "split-error-binary": "Are both segments parts of one neuron that the segmentation tore "
        "apart here, so that joining them mends it? Answer 1 if they should be joined, and -1 if "
        "they should not.",
        "split-error-choice": "Which candidate is the continuation of the base, torn off by a "
        "mistake of the segmentation? Answer with the number of the option, or -1 if none of them "
        "belongs to the base.",
        "merge-error-binary": "Does the segment contain a merge error here, that is, are parts of "
        "different neurons glued together? Answer 1 if it must be cut, and -1 if it is right as "
        "it is.",
        "merge-error-choice": "One of these segments may contain a merge error, that is, parts of "
        "different neurons that are glued together. Answer with the number of the segment that "
        "must be cut, or -1 if none of them must.",
    }
)

# What the published prompts point out about torn and about glued neurons, in our own words.
_SPLIT_DESCRIPTION = (
    "Look at the middle of the cube. Where a neuron was torn, the orange segment takes up the "
    "direction and the calibre of the blue one."
)
_MERGE_DESCRIPTION = (
    "Two neurons that are glued together often give themselves away: a process turns back on "
    "itself after a branch point, or two processes meet at about a right angle."
)
_DESCRIPTIONS: Mapping[str, str] = MappingProxyType(
    {
        "split-error-binary": _SPLIT_DESCRIPTION,
        "split-error-choice": f"{_SPLIT_DESCRIPTION} Base and right candidate then make one "
        "continuous process that meets in the middle and does not overlap.",
        "merge-error-binary": _MERGE_DESCRIPTION,
        "merge-error-choice": _MERGE_DESCRIPTION,
    }
)

# Cell bodies are what differs between the animals of the published prompts.
_SOMA: Mapping[str, str] = MappingProxyType(
    {
        "fly": "A cell body is round and sends out a single process.",
        "mouse": "A cell body is round and sends out several processes.",
    }
)
_SEGMENT_DESCRIPTION = (
    "{soma} Small pieces of synaptic terminals and spines often have less than a cubic "
    "micrometre. Nuclei are round and smooth and have no processes. Blood vessels are tubes. Glia "
    "look ragged, with sheets instead of branches."
)

# The eight rules of thumb of the published code, in our own words; its paper lists seven.
_RULES = (
    "Proofreaders go by these rules:\n"
    "1. Orange fills the picture and is no ball: do not join.\n"
    "2. Orange is tiny compared to blue: do not join.\n"
    "3. Orange is a ball that hides or overlaps blue: join.\n"
    "4. Both have about the same calibre where they meet: join.\n"
    "5. A wide gap in the middle is no objection if the direction carries on, since sections may "
    "be missing.\n"
    "6. They run side by side in parallel: these are different neurons, do not join.\n"
    "7. Think in three dimensions: what looks short from one side may be long from another.\n"
    "8. Both are shells of a ball that overlap: join."
)

# The tags are those of ConnectomeBench. Reasons come first, so that the answer can rest on them.
_FORM = (
    "First describe what you see from each side, then decide. Write\n"
    "<analysis>your reasons</analysis><answer>{answers}</answer>"
)


def write_prompt(pictures: Pictures, mode: PromptMode = "description") -> str:
    """Write the question to the pictures of an item.

    Sizes are those of the boxes that were drawn.

    Parameters
    ----------
    pictures : Pictures
        What is shown.
    mode : {"null", "description", "heuristics"}
        How much help is given. Rules of thumb exist for split errors; other tasks get their
        description in that mode.

    Returns
    -------
    str
        The text that follows the pictures.
    """
    item = pictures.item
    answers = list_answers(item)
    parts = [
        _SHOWN[item.task].format(options=len(answers) - 1),
        *_describe_boxes(pictures),
        _ASKED[item.task],
    ]
    if mode != "null":
        parts.append(_describe(item.task, pictures.species))
    if mode == "heuristics" and item.task.startswith("split-error"):
        parts.append(_RULES)
    parts.append(_FORM.format(answers=_say(answers)))
    return "\n\n".join(parts)


def ask(pictures: Pictures, mode: PromptMode = "description") -> tuple[Message, ...]:
    """Turn the pictures of an item into messages for a language model.

    Parameters
    ----------
    pictures : Pictures
        What is shown.
    mode : {"null", "description", "heuristics"}
        How much help is given.

    Returns
    -------
    tuple of Message
        Who the model is, then the pictures with the question.
    """
    tissue = f"the brain of a {pictures.species}" if pictures.species else "brain tissue"
    images = tuple(
        Image(picture.png(), picture.label) for picture in (*pictures.views, *pictures.slices)
    )
    return (
        Message("system", _ROLE.format(tissue=tissue)),
        Message("user", write_prompt(pictures, mode), images),
    )


def _describe_boxes(pictures: Pictures) -> list[str]:
    [box, *_] = pictures.boxes
    views = (
        "Views are from the front, the side and the top in parallel projection. From rim to rim "
        f"each shows a cube of tissue with an edge of {_number(box.edge)} nm."
    )
    if pictures.item.task == "segment-type":
        z, y, x = box.extent
        views += (
            f" The segment measures {_number(x)} nm along x, {_number(y)} nm along y and "
            f"{_number(z)} nm along z."
        )
    texts = [views]
    ends = sorted({axis for one in pictures.boxes for axis in one.open_sides})
    if ends:
        texts.append(
            f"The data end inside the cube along {' and '.join(ends)}; objects that stop flat "
            "there were cut off by the end of the data."
        )
    if any(piece.sections for piece in pictures.item.shown):
        texts.append("Some sections are missing: objects end flat on both sides of the gap.")
    if pictures.slices:
        texts.append(
            "Slices show the microscope image through the middle of the cube; each is "
            f"{_number(pictures.window)} nm wide. Segments are outlined in the same colours."
        )
    return texts


def _number(length: float) -> str:
    return f"{length:.0f}"


def _describe(task: str, species: str) -> str:
    if task == "segment-type":
        soma = _SOMA.get(species, "A cell body is round and sends out one process or several.")
        return _SEGMENT_DESCRIPTION.format(soma=soma)
    return _DESCRIPTIONS[task]


def _say(answers: tuple[str, ...]) -> str:
    return f"{', '.join(answers[:-1])} or {answers[-1]}"
