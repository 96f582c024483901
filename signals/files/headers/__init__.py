"""Headers of recordings, held against the sizes of their files before anything else is read.

Imports errors only.
"""
