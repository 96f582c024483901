"""Training: batches, scaling, balancing, augmentation, losses, settings.

Imports joins and backbones.
"""
