"""Maps of a group's pathology, predicted from where it began and along what it spread."""

__all__: list[str] = []
