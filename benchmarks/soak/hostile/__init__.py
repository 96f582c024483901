"""What a stranger makes of stored files, each with a checksum that fits, and a process in which they are opened.

Imports what is left of ``benchmarks`` and the files of its own; ``soak`` and the tests import it.
"""
