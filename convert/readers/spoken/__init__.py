"""Readers of spoken formulas."""
