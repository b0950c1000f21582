"""What leaves the house on paper: forms as DOCX, lists as XLSX, the whole archive of an issue as ZIP. Reads only."""
