"""A lab's own recordings: the table of trials, its rows, settings and shared events."""
