"""Pictures of tables, and of rightness and error: confusion, calibration, agreement.

Imports tables, runs and scores.
"""
