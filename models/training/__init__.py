"""What training does: batches, scaling, balancing, augmentation, losses, settings.

Imports joins and backbones.
"""
