"""What is wrong with these photos, before anyone trains on them: photos in, ranked findings out."""
