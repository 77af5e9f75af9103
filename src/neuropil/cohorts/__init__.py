"""Cohorts: joint and individual latents of structural and functional connectivity."""
