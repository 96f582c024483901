"""What models look at in people held out, and whether explanations find what was planted.

Imports tables, runs and scores.
"""
