"""One file for each witness: an independent way of checking, which takes an op or a derivation and gives evidence."""
