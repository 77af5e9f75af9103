"""Room of neuropil."""
