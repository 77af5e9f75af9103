"""Models that judge voxels, contacts and objects of a segmentation."""

__all__: list[str] = []
