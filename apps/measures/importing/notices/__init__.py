"""Notices of rectification as a start: a text of any layout becomes a draft tree, with every doubt said.

``sources`` makes lines of a file, ``marks`` finds what may be numbering, ``outline`` makes sections of it, ``zones`` and ``levels``
decide which sections are issues, ``items`` reads one issue, ``reading`` puts the draft together, ``planned`` makes the tree of it.
"""
