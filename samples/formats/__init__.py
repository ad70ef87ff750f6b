"""One module per family of formats; each turns a source into the bytes of a file, the same bytes every time."""
