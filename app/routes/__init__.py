"""The addresses: each route checks what was asked, calls one function, and sends what it returns."""
