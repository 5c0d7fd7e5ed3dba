"""Shows what the stages before found out, in the terminal, as JSON and as HTML; it decides nothing."""
