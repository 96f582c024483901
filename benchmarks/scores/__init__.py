"""Numbers: metrics as functions of sums, the bar of labels alone, tests and intervals, the verdict.

Imports splits.
"""
