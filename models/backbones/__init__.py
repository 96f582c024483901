"""Networks of volumes, each one file, and what they share.

Imports signals only.
"""
