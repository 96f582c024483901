"""Recordings that a program holds: raw objects and epochs of MNE, tables of features. Imports files and trials."""
