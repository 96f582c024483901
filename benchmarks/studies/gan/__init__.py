"""Measures of generated faces, and of what the adversarial part adds.

Imports tables, runs and scores.
"""
