"""The claims of ``hybrid-latents``."""

CLAIMS: tuple = ()
