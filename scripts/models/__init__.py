"""Networks of packages, for the table of networks that work."""
