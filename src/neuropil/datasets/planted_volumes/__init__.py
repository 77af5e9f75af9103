"""Generated volumes of which the true neurites are known."""

from neuropil.datasets.planted_volumes.design import NeuriteDesign
from neuropil.datasets.planted_volumes.neurites import plant_neurites

__all__ = ["NeuriteDesign", "plant_neurites"]
