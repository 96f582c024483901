"""Every kind of stored file, what is done to one, and whether what is read of it is still the same."""
