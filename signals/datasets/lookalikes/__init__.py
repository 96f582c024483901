"""Tools of all lookalikes: simulated recordings and drawn pictures.

Imports the base of datasets only.
"""
