"""The networks: torch modules that know nothing of files, units or devices."""
