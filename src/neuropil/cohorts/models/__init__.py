"""Models of two modalities, one file each."""
