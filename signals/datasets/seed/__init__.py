"""SEED and its features: the reader, its files, its lookalike."""
