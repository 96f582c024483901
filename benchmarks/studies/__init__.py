"""Questions that take several benchmarks: fusion, canary, affect, balancing, the grid of models and tasks.

Imports tables, runs and scores.
"""
