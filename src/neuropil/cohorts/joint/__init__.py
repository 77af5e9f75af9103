"""The study ``joint-individual``: what two modalities share, and what each has alone."""
