"""Tools of all lookalikes: simulated recordings and drawn pictures.

Imports errors only.
"""
