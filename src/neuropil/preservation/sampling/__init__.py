"""What a sample of tiles says about the share of a brain that is badly preserved."""

__all__: list[str] = []
