"""The label audit: which given labels to listen to first, and the page to listen with."""
