"""How the shipped models were made: read text, learn a tokenizer, make pairs, train, judge, write the card."""
