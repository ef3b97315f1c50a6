"""When Ctrl-C (SIGINT), the end of a time limit (SIGTERM) or of a terminal (SIGHUP) interrupts a process."""

import signal
import threading
from contextlib import contextmanager

STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def interrupt_once():
    """From now on, the first of ``STOPS`` raises KeyboardInterrupt; later ones do nothing.

    On Ctrl-C a job receives both, from the terminal and from Snakemake; the second must not disturb the cleaning up.
    A signal that was ignored (SIGINT in a script's background jobs) stays ignored.
    """
    for number in STOPS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)


def _interrupt(*_):
    for number in STOPS:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


@contextmanager
def uninterrupted():
    """Signals of ``STOPS`` that arrive within the block take effect at its end.

    Outside of the main thread, where Python handles no signals, this does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    arrived = []  # blocking the signals would not do: numerical libraries' threads would receive them
    handlers = {number: signal.signal(number, lambda number, _: arrived.append(number)) for number in STOPS}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    for number in arrived:
        signal.raise_signal(number)
