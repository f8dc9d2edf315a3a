"""Signet and other libraries of JOSE: what is exchanged, what each of them can, and how it is done in few processes."""
