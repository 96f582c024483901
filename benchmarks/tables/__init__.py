"""Reports side by side: tables, and published values beside them.

Imports runs and scores.
"""
