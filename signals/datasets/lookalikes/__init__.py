"""What lookalikes of datasets share: simulated recordings and drawn pictures.

Imports errors only.
"""
