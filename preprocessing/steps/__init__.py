"""Steps that make volumes, and the recipes that name them.

Imports signals only; what works on samples lives in ``cleaning``.
"""
