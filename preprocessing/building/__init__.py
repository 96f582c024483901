"""From a dataset to a cache: recordings in parallel, each whole or not at all; caches from caches.

Imports cache and steps.
"""
