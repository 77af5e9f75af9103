"""Proofreading: find split and merge errors of a segmentation, and mend them."""

from neuropil.proofreading.adjacency.gaps import fill_gaps
from neuropil.proofreading.config import LanguagePlan, ProofreadingConfig
from neuropil.proofreading.gaps.figures import draw_gaps
from neuropil.proofreading.gaps.folds import JudgedGaps, judge_gaps, tabulate_judges
from neuropil.proofreading.gaps.scorer import GapScorer, GapTraining
from neuropil.proofreading.merges.detector import MergeDetector
from neuropil.proofreading.merges.figures import draw_merges
from neuropil.proofreading.merges.halves import (
    DetectorPlan,
    JudgedMerges,
    MergeHalf,
    judge_halves,
    make_halves,
)
from neuropil.proofreading.models.pairs import PairPlan, PairScorer
from neuropil.proofreading.models.querying import ActiveLearner, LearningCurve, follow_learning
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
from neuropil.proofreading.repair.changes import (
    Change,
    drop_change,
    read_changes,
    write_changes,
)
from neuropil.proofreading.repair.edited import (
    EditedLabels,
    Step,
    apply_changes,
    undo_changes,
)
from neuropil.proofreading.repair.proposals import ProposedJoin, write_down
from neuropil.proofreading.repair.repairer import Proposal, SplitRepairer
from neuropil.proofreading.repair.standard import load_standard, open_repairer
from neuropil.proofreading.repair.tissue_files import TissueFiles
from neuropil.proofreading.tasks.box_sizes import SPLIT_HALF_WIDTH, merge_half_width
from neuropil.proofreading.tasks.contacts import generate_merge_items
from neuropil.proofreading.tasks.edit_example import make_example_edits
from neuropil.proofreading.tasks.edits import (
    Edit,
    make_edit_items,
    read_edits,
    select_edits,
    write_edits,
)
from neuropil.proofreading.tasks.gaps import GapPlan, ask_gap_questions, find_gap_questions
from neuropil.proofreading.tasks.items import TASKS, Item, Piece
from neuropil.proofreading.tasks.joins import Joins, MergePlan
from neuropil.proofreading.tasks.leaks import audit_leaks, score_leak
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
from neuropil.proofreading.tasks.touching import Contacts, find_contacts

__all__ = [
    "PROMPT_MODES",
    "SEGMENT_CLASSES",
    "SPLIT_HALF_WIDTH",
    "SPLIT_TASKS",
    "TASKS",
    "ActiveLearner",
    "Answer",
    "Box",
    "Camera",
    "Change",
    "ConstantSolver",
    "Contacts",
    "DetectorPlan",
    "Edit",
    "EditedLabels",
    "GapPlan",
    "GapScorer",
    "GapTraining",
    "GuessingSolver",
    "Item",
    "Joins",
    "JudgedGaps",
    "JudgedMerges",
    "LanguagePlan",
    "LanguageSolver",
    "Leaderboard",
    "LearningCurve",
    "MergeDetector",
    "MergeHalf",
    "MergePlan",
    "PairPlan",
    "PairRules",
    "PairScorer",
    "PairSolver",
    "Pairs",
    "Picture",
    "Pictures",
    "Piece",
    "PositionBias",
    "ProofreadingConfig",
    "Proposal",
    "ProposedJoin",
    "Row",
    "Score",
    "Solver",
    "SplitRepairer",
    "Step",
    "Studio",
    "Task",
    "TissueFiles",
    "ViewerSources",
    "Vote",
    "apply_changes",
    "ask",
    "ask_gap_questions",
    "assign_parts",
    "audit_leaks",
    "chance_interval",
    "count_votes",
    "cut_into_cubes",
    "cut_into_halves",
    "describe_viewer",
    "draw_gaps",
    "draw_merges",
    "drop_change",
    "fill_gaps",
    "find_boxes",
    "find_contacts",
    "find_gap_questions",
    "find_pairs",
    "follow_learning",
    "generate_merge_items",
    "judge_gaps",
    "judge_halves",
    "link_viewer",
    "list_answers",
    "list_tasks",
    "load_standard",
    "make_edit_items",
    "make_example_edits",
    "make_halves",
    "make_pair_choices",
    "make_pair_item",
    "make_pair_items",
    "make_segment_items",
    "match_sizes",
    "measure_position_bias",
    "merge_half_width",
    "open_repairer",
    "parse_reply",
    "pose_questions",
    "prepare_tasks",
    "published_rows",
    "read_changes",
    "read_edits",
    "score_answers",
    "score_leak",
    "select_edits",
    "swap_options",
    "tabulate_answers",
    "tabulate_judges",
    "undo_changes",
    "write_changes",
    "write_down",
    "write_edits",
    "write_inspect_dataset",
    "write_prompt",
    "write_viewer_links",
]
