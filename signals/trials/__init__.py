"""Trials, what is predicted about them, and the volumes that networks read.

Imports streams and layouts.
"""
