"""Reports side by side: tables, published values beside them, pictures of rightness and error.

Imports runs and scores.
"""
