"""How well the streams of each session lie on one clock: numbers, a table, a picture.

Imports building and cache.
"""
