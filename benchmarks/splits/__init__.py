"""Who trains and who tests: splits, folds, and the guard that refuses leaks.

Imports signals and preprocessing only.
"""
