"""Every kind of file that a reader opens, written small, and how it is spoilt.

Nothing imports it but the soak of sources.
"""
