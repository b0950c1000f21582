"""What must not be published: red-flag rules over every block of what is told to society and to the Party.

``rules`` says what is looked for, for whom, why and what to do; ``findings`` looks; ``apps.reports.services.excepting`` lets through.
"""
