"""What several readers need: text tables, HDF5, XML, whole numbers, merging of tables."""

__all__: list[str] = []
