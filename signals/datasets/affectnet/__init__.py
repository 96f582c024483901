"""AffectNet: the reader and its lookalike."""
