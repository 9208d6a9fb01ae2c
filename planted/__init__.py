"""Planted truths that the tests and the benches share."""
