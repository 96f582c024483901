"""Alignment of the streams of each session on one clock: numbers, a table, a picture.

Imports building and cache.
"""
