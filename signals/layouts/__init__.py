"""Sites on a grid: electrodes placed by montage or drawing, pixel patches, scans, scalp maps.

Imports errors and names from ``signals`` only.
"""
