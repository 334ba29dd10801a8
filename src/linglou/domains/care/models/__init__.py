"""What care keeps, one idea a file."""
