"""What comes in: lists as workbooks, notices as texts. Pure reading; what is written is the matter of ``services/importing``."""
