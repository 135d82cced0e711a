"""A case as one page of HTML that is read without a network: gather the document, view it, write it."""
