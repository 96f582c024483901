"""EAV: the reader, its files, its lookalike."""
