"""What the microscope did: whether a section can be judged at all."""

__all__: list[str] = []
