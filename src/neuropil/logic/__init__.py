"""Logic: gate networks whose wiring is learned, and the circuits they become."""
