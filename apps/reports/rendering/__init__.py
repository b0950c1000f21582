"""The files of a notice: DOCX, PDF, JSON and CSV, all made of its content by ``blocks_of`` and of nothing else.

What publishing adds (number, fingerprint, address) stands apart from the text, in the imprint at the end of a paper.
"""
