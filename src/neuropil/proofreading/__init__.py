"""Proofreading: find split and merge errors of a segmentation, and mend them."""

from neuropil.proofreading.config import LanguagePlan, ProofreadingConfig
from neuropil.proofreading.prompting.answer_table import tabulate_answers
from neuropil.proofreading.prompting.inspect_dataset import write_inspect_dataset
from neuropil.proofreading.prompting.language_solver import LanguageSolver
from neuropil.proofreading.prompting.leaderboard import Leaderboard, Row, published_rows
from neuropil.proofreading.prompting.pair_solver import PairSolver
from neuropil.proofreading.prompting.parsing import list_answers, parse_reply
from neuropil.proofreading.prompting.prompts import PROMPT_MODES, ask, write_prompt
from neuropil.proofreading.prompting.questions import (
    SPLIT_TASKS,
    list_tasks,
    pose_questions,
    prepare_tasks,
)
from neuropil.proofreading.prompting.scores import Score, chance_interval, score_answers
from neuropil.proofreading.prompting.solvers import (
    Answer,
    Camera,
    ConstantSolver,
    GuessingSolver,
    Solver,
    Task,
)
from neuropil.proofreading.prompting.votes import (
    PositionBias,
    Vote,
    count_votes,
    measure_position_bias,
    swap_options,
)
from neuropil.proofreading.rendering.boxes import Box, find_boxes
from neuropil.proofreading.rendering.pictures import Picture, Pictures, Studio
from neuropil.proofreading.rendering.viewer_links import (
    ViewerSources,
    describe_viewer,
    link_viewer,
    write_viewer_links,
)
from neuropil.proofreading.tasks.audit import score_leak
from neuropil.proofreading.tasks.box_sizes import SPLIT_HALF_WIDTH, merge_half_width
from neuropil.proofreading.tasks.edit_example import make_example_edits
from neuropil.proofreading.tasks.edits import (
    Edit,
    make_edit_items,
    read_edits,
    select_edits,
    write_edits,
)
from neuropil.proofreading.tasks.items import TASKS, Item, Piece
from neuropil.proofreading.tasks.pairs import (
    PairRules,
    Pairs,
    find_pairs,
    make_pair_choices,
    make_pair_item,
    make_pair_items,
    match_sizes,
)
from neuropil.proofreading.tasks.parts import assign_parts, cut_into_cubes, cut_into_halves
from neuropil.proofreading.tasks.segments import SEGMENT_CLASSES, make_segment_items
from neuropil.proofreading.tasks.touching import Contacts, fill_gaps, find_contacts

__all__ = [
    "PROMPT_MODES",
    "SEGMENT_CLASSES",
    "SPLIT_HALF_WIDTH",
    "SPLIT_TASKS",
    "TASKS",
    "Answer",
    "Box",
    "Camera",
    "ConstantSolver",
    "Contacts",
    "Edit",
    "GuessingSolver",
    "Item",
    "LanguagePlan",
    "LanguageSolver",
    "Leaderboard",
    "PairRules",
    "PairSolver",
    "Pairs",
    "Picture",
    "Pictures",
    "Piece",
    "PositionBias",
    "ProofreadingConfig",
    "Row",
    "Score",
    "Solver",
    "Studio",
    "Task",
    "ViewerSources",
    "Vote",
    "ask",
    "assign_parts",
    "chance_interval",
    "count_votes",
    "cut_into_cubes",
    "cut_into_halves",
    "describe_viewer",
    "fill_gaps",
    "find_boxes",
    "find_contacts",
    "find_pairs",
    "link_viewer",
    "list_answers",
    "list_tasks",
    "make_edit_items",
    "make_example_edits",
    "make_pair_choices",
    "make_pair_item",
    "make_pair_items",
    "make_segment_items",
    "match_sizes",
    "measure_position_bias",
    "merge_half_width",
    "parse_reply",
    "pose_questions",
    "prepare_tasks",
    "published_rows",
    "read_edits",
    "score_answers",
    "score_leak",
    "select_edits",
    "swap_options",
    "tabulate_answers",
    "write_edits",
    "write_inspect_dataset",
    "write_prompt",
    "write_viewer_links",
]
