"""What a cache holds, and what of it cannot be used: counts for run, inspect and the report.

Imports the cache.
"""
