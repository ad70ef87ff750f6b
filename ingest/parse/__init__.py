"""Bytes become elements: the only home of `unstructured`."""
