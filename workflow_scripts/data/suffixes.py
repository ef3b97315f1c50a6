"""Suffixes of audio files, in lower case."""

# those of libsndfile's formats, and others that are in use for them
READ = {".aif", ".aifc", ".aiff", ".au", ".avr", ".caf", ".flac", ".htk", ".ircam", ".mat4", ".mat5", ".mp2", ".mp3"}
READ |= {".mpc2k", ".mpga", ".nist", ".oga", ".ogg", ".opus", ".paf", ".pvf", ".rf64", ".sd2", ".sds", ".snd", ".svx"}
READ |= {".voc", ".w64", ".wav", ".wave", ".wavex", ".wve", ".xi"}

# of recordings that have to be converted first
CONVERTED = {".3ga", ".3gp", ".aac", ".ac3", ".amr", ".ape", ".asf", ".awb", ".dsf", ".eac3", ".m4a", ".m4b", ".mka"}
CONVERTED |= {".avi", ".mkv", ".mov", ".mp4", ".mpc", ".spx", ".tta", ".webm", ".wma", ".wv"}
