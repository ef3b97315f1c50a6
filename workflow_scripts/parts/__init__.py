"""What recipes name: one module a part; the contract of each kind stands in its package."""
