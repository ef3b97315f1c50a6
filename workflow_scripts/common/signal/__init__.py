"""The arithmetic of spectrograms, one idea a module: the values of librosa without the time that its import takes.

The tests compare each module with librosa, to the last bit where that is meant to hold.
"""
