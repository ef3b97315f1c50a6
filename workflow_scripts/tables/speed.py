"""What a system's network takes on the device that was there, before anything is trained: one row."""

from workflow_scripts.tables.declaration import Table


class Speed(Table):
    file = "<dataset>/systems/<system>/speed.csv"

    device: str  # a GPU's name, or CPU
    threads: int  # that it computed with
    frames_per_second: float  # [1/s] of the front end
    bands: int  # of the front end
    update_seconds: float  # [s] of an update of the weights by a batch
    window_seconds: float  # [s] of the probabilities of a window
    crop_seconds: float  # [s] of the probabilities of a crop
    peak_memory_mb: float  # [10^6 bytes] the largest of the process, on a GPU of the device


read_speed, write_speed = Speed.read, Speed.write
