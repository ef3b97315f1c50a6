"""From probabilities of frames to sound events: arrays in, arrays out."""
