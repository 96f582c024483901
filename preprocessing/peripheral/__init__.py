"""From sensors on the body to measures of each slice: heart, skin, breath, muscles, eyes.

Imports steps. Rates and means are computed here with SciPy's filters and peaks; each names where its rule is from.
"""
