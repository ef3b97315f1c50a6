"""The feature store: all segments' spectrogram frames one after the other in one memory-mappable array.

float32, [frames, bands], a .npy; beside it its index, a CSV.
"""

import zlib
from dataclasses import dataclass

import numpy as np

from workflow_scripts.common.errors import DamagedError, parsing
from workflow_scripts.common.files import written_whole
from workflow_scripts.tables.declaration import Table

FILE = "<dataset>/features/<store>/frames.npy"


class FeatureIndex(Table):
    """The index of a feature store: one row per segment, in the order of its frames in the array beside it."""

    file = "<dataset>/features/<store>/index.csv"
    key = ("fname", "segment")

    fname: str  # name of the clip
    segment: int  # as in the segment table
    first: int  # the segment's frames are rows first to first + frames - 1 of the array
    frames: int  # how many these are
    minimum: float  # [1] smallest value of the segment (padding of short chunks)
    crc32: int  # checksum of the segment's float32 values: the index identifies the store's content


@dataclass
class FeatureStore:
    frames: np.ndarray  # [frames, bands] float32, memory-mapped
    index: object  # the index as a data frame


def read_features(frames_path, index_path):
    """Return the feature store; reads all of it once, a second per GB at most.

    Raises UserError where there is no file, DamagedError where one is not as written.
    """
    index = FeatureIndex.read(index_path)
    with parsing(frames_path, "a readable array"):
        frames = np.load(frames_path, mmap_mode="c")
    if len(frames) != index["frames"].sum():
        raise DamagedError(index_path, f"it has {index['frames'].sum()} frames, {frames_path.name} has {len(frames)}")
    for row in index.itertuples():
        if zlib.crc32(frames[row.first : row.first + row.frames]) != row.crc32:
            why = f"another checksum than in {index_path.name}"
            raise DamagedError(frames_path, f"segment {row.segment} of clip {row.fname} has {why}")
    return FeatureStore(frames, index)


def write_features(parts, frames_path, index_path):
    """Write ``parts``, an iterable of (fname, segment, [frames, bands] array); return how many frames these are.

    The values go straight to the disk: only one segment is in memory at a time.
    """
    rows, first, bands = [], 0, 0
    with written_whole(frames_path) as partial:
        values = partial.with_suffix(".values.part")
        try:
            with open(values, "wb") as handle:
                for fname, segment, spectrogram in parts:
                    frames, bands = spectrogram.shape
                    content = np.asarray(spectrogram, "<f4").tobytes()
                    handle.write(content)
                    rows.append((fname, segment, first, frames, float(spectrogram.min()), zlib.crc32(content)))
                    first += frames
            with open(partial, "wb") as handle, open(values, "rb") as source:
                header = {"descr": "<f4", "fortran_order": False, "shape": (first, bands)}
                np.lib.format.write_array_header_1_0(handle, header)
                while block := source.read(1 << 24):
                    handle.write(block)
        finally:
            values.unlink(missing_ok=True)
    FeatureIndex.write_rows(rows, index_path)
    return first
