"""Find what is wrong with photos before anyone trains on them."""
