"""Whatever learns from windows behind one interface, and what is kept of it on disk.

Imports training, joins and backbones.
"""
