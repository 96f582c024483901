"""DEAP: the reader, its files, its lookalike."""
