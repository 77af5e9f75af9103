"""The study ``joint-individual``: what two modalities share, and what each has alone."""

__all__: list[str] = []
