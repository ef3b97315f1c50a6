"""Sample rates that no sound has are refused where the file is read, whatever its format."""

import numpy as np
import pytest
import soundfile

from workflow_scripts.common.errors import UserError
from workflow_scripts.data.audio import audio_facts, read_audio


@pytest.mark.parametrize("suffix", ["wav", "au", "caf"])
@pytest.mark.parametrize("rate", [1, 10, 99, 1_000_001, 2**31 - 1])
def test_a_rate_that_no_sound_has_is_one_line(tmp_path, suffix, rate):
    path = tmp_path / f"x.{suffix}"
    soundfile.write(path, np.full(100, 0.1), rate)
    with pytest.raises(UserError, match=f"a sample rate of {rate:,} Hz, which no sound has"):
        read_audio(path)
    facts = audio_facts(path)
    assert (facts["state"], facts["rate"]) == ("unreadable", 0)
    assert "remove the clip" in facts["message"]


@pytest.mark.parametrize("rate", [0, 2**31, 2**32 - 1])
def test_a_rate_that_libsndfile_does_not_take_is_named(tmp_path, rate):
    path = tmp_path / "x.wav"
    soundfile.write(path, np.full(100, 0.1), 8000)
    header = bytearray(path.read_bytes())
    header[24:28] = rate.to_bytes(4, "little")
    path.write_bytes(header)
    with pytest.raises(UserError, match=f"its header tells of a sample rate of {rate:,} Hz; fetch the file again"):
        read_audio(path)


@pytest.mark.parametrize("rate", [100, 8000, 500_000, 1_000_000])
def test_rates_from_infrasound_to_bats_are_read(tmp_path, rate):
    soundfile.write(tmp_path / "x.wav", np.full(100, 0.1), rate)
    assert read_audio(tmp_path / "x.wav")[1] == rate
