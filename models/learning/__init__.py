"""Learners: whatever learns from windows behind one interface, and its files on disk.

Imports training, joins and backbones.
"""
