"""XDF files of the Lab Streaming Layer: the container, its streams and clocks, the dataset, its lookalike."""
