"""How each language writes numbers and days, where it differs from Django."""
