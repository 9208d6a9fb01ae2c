"""Rendered hands with known truth: a person, a room, a sign and a seed in; photos, joints and factors out."""
