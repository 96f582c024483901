"""CK+: the reader and its lookalike."""
