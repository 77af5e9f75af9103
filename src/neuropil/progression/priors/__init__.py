"""Priors of edges: elicited from a language model or from rules, fused, thinned out, refined."""

__all__: list[str] = []
