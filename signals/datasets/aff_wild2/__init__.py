"""Aff-Wild2: the reader, its files and labels, its lookalikes."""
