"""Decoded photos in; what of each is subject, and how sure that is, out."""
