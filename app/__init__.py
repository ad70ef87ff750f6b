"""What serves: HTTP, command line, pages and the environment; the only place where parts are wired."""
