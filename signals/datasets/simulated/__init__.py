"""Simulated EEG, faces and both of known structure, and the best that any model could reach on them."""
