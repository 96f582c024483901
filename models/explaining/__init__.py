"""What a model looks at, whether that may be believed, and what its hidden units follow.

Imports predicting and learning.
"""
