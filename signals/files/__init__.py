"""Files of any laboratory, read and written: EEG, video, pictures, MATLAB, pickles; nothing in them is run.

Imports streams and layouts.
"""
