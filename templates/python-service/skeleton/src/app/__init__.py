"""The service. Its routes are in `main`, its start in `__main__`."""
