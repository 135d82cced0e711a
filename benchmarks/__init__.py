"""Speed and memory, measured as a user would see them: whole processes over public corpora, with their ratios."""
