"""The claims of ``progression``, each beside what measures it."""

__all__: list[str] = []
