"""The figure check 数字校核: every number of a notice is traced to the ledger, or named as one that is not."""
