"""STRNN (arXiv 1705.04515): its equations in one file, the scan over sites, exact zeros.

Imports backbones.
"""
