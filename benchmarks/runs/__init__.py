"""Running a model under a protocol, fold by fold, to a report that holds everything.

Imports scores and splits.
"""
