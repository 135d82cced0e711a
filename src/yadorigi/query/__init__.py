"""One predicate language in the middle: every rule language becomes these nodes, every evaluator reads them."""
