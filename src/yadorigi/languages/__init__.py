"""Query languages: the text of a rule or query in, query nodes out."""
