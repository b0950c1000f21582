"""Forms of this room. Columns take their words, lengths and choices from the models; rules across columns are the services'."""
