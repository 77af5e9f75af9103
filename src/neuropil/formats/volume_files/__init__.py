"""Volumes of voxels in files and folders: Zarr, NumPy archives, HDF5, TIFF stacks."""

__all__: list[str] = []
