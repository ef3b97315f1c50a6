"""What systems there are."""
