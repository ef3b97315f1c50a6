"""From audio files to spectrogram frames."""
