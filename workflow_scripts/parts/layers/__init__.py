"""Layers that networks share; a network is retrained where a module that it imports from here is edited."""
