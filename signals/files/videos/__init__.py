"""Videos in files: packets timed on one clock, frames decoded in order, shown as players show them.

Imports errors and streams.
"""
