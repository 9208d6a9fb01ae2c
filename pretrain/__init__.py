"""How `handnet`, the built-in backbone, is made: photos and a landmark teacher in, a weight file out."""
