"""The networks of the GAN: a generator, a discriminator, their losses.

Imports the heads of joins.
"""
