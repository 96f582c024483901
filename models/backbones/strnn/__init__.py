"""STRNN (arXiv 1705.04515): its two halves, the scan over sites, exact zeros.

Imports backbones.
"""
