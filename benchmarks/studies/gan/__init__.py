"""Whether made faces are good ones, and whether the adversarial part helps.

Imports tables, runs and scores.
"""
