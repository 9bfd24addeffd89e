"""A serial device that never waits, as a UART without flow control: what the PTY has no room for is lost and counted.

It holds the master of a PTY itself: socat between two PTYs has buffers of its own, which would hide a loss.

    python3 uart.py FILE BYTES_PER_SECOND

Prints the path of its port; a line on standard input starts it; at the end it prints {"written": N, "lost": N}.
"""

import json
import os
import pty
import sys
import time
import tty

path, rate = sys.argv[1], float(sys.argv[2])
with open(path, "rb") as file:
    data = file.read()
master, slave = pty.openpty()
tty.setraw(slave)
os.set_blocking(master, False)
print(os.ttyname(slave), flush=True)
sys.stdin.readline()

due = written = lost = 0
start = time.monotonic()
while due < len(data):
    now = min(len(data), int((time.monotonic() - start) * rate))
    if now > due:
        try:
            taken = os.write(master, data[due:now])
        except BlockingIOError:
            taken = 0
        written += taken
        lost += now - due - taken
        due = now
    time.sleep(0.001)
# What it has written must be read before its end closes.
print(json.dumps({"written": written, "lost": lost}), flush=True)
sys.stdin.readline()
