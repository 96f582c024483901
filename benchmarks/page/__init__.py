"""Finished runs as one page that can be sent: its parts, figures and text.

Imports studies, tables and scores.
"""
