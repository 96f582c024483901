"""MAHNOB-HCI: the reader, its files, its clocks, its lookalike."""
