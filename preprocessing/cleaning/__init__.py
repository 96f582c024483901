"""Steps from samples to samples: filters, references, rates, bad channels and artefacts.

Imports steps.
"""
