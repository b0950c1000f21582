"""A unit's workbook: taken along, filled in without the system, and read back beside what the ledger says by then.

``layout`` says what stands where, ``making`` writes it, ``reading`` reads what comes back, ``matching`` finds the named files in ZIP
packages, ``comparing`` holds each row against the ledger. Writes are in ``services/workbooks.py``.
"""
