"""Pictures of question items: smooth surfaces from three sides, and slices of the image."""

__all__: list[str] = []
