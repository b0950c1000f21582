"""The book: an append-only hash chain of every act. The ground floor; it knows no other room."""
