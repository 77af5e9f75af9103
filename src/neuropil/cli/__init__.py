"""The command line. Its face is the command ``neuropil``; see :mod:`neuropil.cli.main`.

Nothing here imports JAX, Matplotlib or scikit-learn before a command needs them.
"""

__all__: list[str] = []
