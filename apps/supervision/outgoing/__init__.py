"""Ways out of the house: e-mail by SMTP, and the channels of the office. Neither reads nor writes a table."""
