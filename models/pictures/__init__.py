"""Pictures of explanations, hidden units and timelines.

Imports explaining and predicting.
"""
