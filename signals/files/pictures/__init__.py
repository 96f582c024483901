"""Pictures in files: one, a folder of them, a numbered sequence; grey levels by their real depth, upright.

Imports files and streams.
"""
