"""What makes: bytes become parsed elements, chunks and vectors."""
