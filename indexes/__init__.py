"""What finds: vector and lexical indexes, derived from the catalogue and built in generations."""
