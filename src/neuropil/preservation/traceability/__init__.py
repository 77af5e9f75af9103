"""What damage costs in traced wiring: measured where truth is known, foretold where it is not."""

__all__: list[str] = []
