"""The public site as files: every page rendered from the published editions, compressed, and put in place at once.

``pages`` says which files there are and what is in them, ``writing`` puts them into PUBLIC_DIR, ``serving`` hands them out where no
nginx does.
"""
