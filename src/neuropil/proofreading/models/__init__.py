"""Trained scorers of proofreading questions."""
