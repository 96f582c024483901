"""Folders in the Brain Imaging Data Structure: its recordings and events as trials. Imports signals to its left."""
