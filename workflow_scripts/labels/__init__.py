"""Label-noise policies: what is believed of the unverified labels."""
