"""The command `emo-preprocess`, and how functions become commands.

Imports every other room of preprocessing.
"""
