"""Splits that keep people, sessions and duplicates whole, and the proof of it."""
