"""Other classifiers of bits as circuits, whose cells compare with those of gate networks."""

from neuropil.logic.rivals.design import Design, Rival, WeightedSum, to_digits
from neuropil.logic.rivals.linear import fit_linear
from neuropil.logic.rivals.perceptron import fit_perceptron
from neuropil.logic.rivals.trees import fit_trees

__all__ = [
    "Design",
    "Rival",
    "WeightedSum",
    "fit_linear",
    "fit_perceptron",
    "fit_trees",
    "to_digits",
]
