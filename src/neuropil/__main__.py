"""Run the command line as ``python -m neuropil``."""

from neuropil.cli.main import main

__all__: list[str] = []

if __name__ == "__main__":
    main()
