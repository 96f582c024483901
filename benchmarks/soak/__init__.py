"""Kills, flipped bits, hostile files and long recordings, by the thousand, counted: what a test of seconds cannot show.

Imports everything; nothing imports it.
"""
