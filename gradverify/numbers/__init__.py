"""Exact numbers that unmodified NumPy code computes with: residues, rationals and balls, each with a tangent."""
