"""A serial device that never waits, as a UART without flow control: what the PTY has no room for is lost and counted.

It holds the master of a PTY itself: socat between two PTYs has buffers of its own, which would hide a loss.

    python3 uart.py FILE BYTES_PER_SECOND

Prints the path of its port; a line on standard input starts it; at the end it prints {"written": N, "lost": N,
"keptWaitingSeconds": S}, the last for how long the computer kept it from sending.
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

# A UART is never faster than its baud rate: when this program itself was kept from running, it does not make up for it.
longest_turn = 0.005
try:
    os.nice(-15)
except OSError:
    pass

due = written = lost = 0
owed = kept_waiting = 0.0
before = time.monotonic()
while due < len(data):
    time.sleep(0.001)
    now = time.monotonic()
    turn = min(now - before, longest_turn)
    kept_waiting += now - before - turn
    before = now
    owed += turn * rate
    end = min(len(data), due + int(owed))
    owed -= int(owed)
    if end > due:
        try:
            taken = os.write(master, data[due:end])
        except BlockingIOError:
            taken = 0
        written += taken
        lost += end - due - taken
        due = end
# What it has written must be read before its end closes.
print(json.dumps({"written": written, "lost": lost, "keptWaitingSeconds": round(kept_waiting, 3)}), flush=True)
sys.stdin.readline()
