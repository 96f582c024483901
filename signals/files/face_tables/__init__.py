"""Tables of action units, gaze and pose that other programs computed of a face, one line a frame.

Imports errors, layouts and streams.
"""
