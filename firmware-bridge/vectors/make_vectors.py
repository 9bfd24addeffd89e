"""Writes frames.json and faults.json: the frame of README.md, built by nothing but Python's standard library, so that
no implementation of the project is its own judge.

    python3 firmware-bridge/vectors/make_vectors.py
"""

import json
import pathlib
import struct
import zlib

SIGNALS = {"ecg": 1, "ppg": 2, "accX": 3, "heartRate": 6, "spo2": 7, "skinTemperature": 10}
EVENTS = {"lead-off": 1, "battery": 6, "fault": 7, "session-end": 8}
CAUSES = {"searching": 6, "sensor-off": 8}
MISSING = -(2**31)


def cobs(data):
    out, block = bytearray(), bytearray()
    for position, byte in enumerate(data):
        if byte:
            block.append(byte)
        full = len(block) == 254 and position + 1 < len(data)
        if byte == 0 or full:
            out += bytes([len(block) + 1]) + block
            block.clear()
    return bytes(out + bytes([len(block) + 1]) + block)


def varint(value):
    value &= 0xFFFFFFFF
    zigzag = (value << 1) & 0xFFFFFFFF if value < 2**31 else ((2**32 - value) << 1) - 1
    out = bytearray()
    while zigzag > 0x7F:
        out.append(zigzag & 0x7F | 0x80)
        zigzag >>= 7
    return bytes(out + bytes([zigzag]))


def deltas(integers):
    return b"".join(varint(b - a) for a, b in zip([0] + integers, integers))


def content(kind, header, payload, version=1, crc=None):
    checked = struct.pack("<BBIIQ", version, kind, *header) + payload
    return checked + struct.pack("<I", zlib.crc32(checked) if crc is None else crc)


def samples(signal, rate_millihertz, scale, offset, integers, flags=0):
    return struct.pack("<BBIffH", signal, flags, rate_millihertz, scale, offset, len(integers)) + deltas(integers)


def hello(flags, device, firmware, codes):
    texts = b"".join(bytes([len(t.encode())]) + t.encode() for t in (device, firmware))
    return bytes([flags]) + texts + bytes([len(codes)]) + bytes(codes)


def header_of(header):
    return dict(zip(("sequence", "bootId", "tick"), header))


def vector(name, header, kind, payload, record, quantisation=None, refused=None):
    raw = content(kind, header, payload)
    out = {"name": name, "record": {**record, **header_of(header)}}
    if quantisation:
        out["quantisation"] = quantisation
    if refused:
        # What is left of a record when a part of it is refused: for receivers only.
        out["refused"] = refused
    return {**out, "content": raw.hex(), "frame": (cobs(raw) + b"\0").hex()}


def samples_vector(name, header, signal, rate_hz, scale, offset, integers, by_default=False):
    values = [None if i == MISSING else struct.unpack("<f", struct.pack("<f", offset + i / scale))[0] for i in integers]
    record = {"kind": "samples", "signal": signal, "rateHz": rate_hz, "values": values}
    payload = samples(SIGNALS[signal], round(rate_hz * 1000), scale, offset, integers)
    return vector(name, header, 2, payload, record, None if by_default else {"countsPerUnit": scale, "offset": offset})


def event_vector(name, header, code, value=None):
    payload = bytes([EVENTS[code], value is not None]) + (b"" if value is None else struct.pack("<f", value))
    record = {"kind": "event", "code": code} | ({} if value is None else {"value": value})
    return vector(name, header, 3, payload, record)


def no_reading_vector(name, header, signal, cause):
    record = {"kind": "event", "code": "no-reading", "signal": signal, "cause": cause}
    return vector(name, header, 3, bytes([9, 2, SIGNALS[signal], CAUSES[cause]]), record)


BOOT = 0xC0FFEE01
# 100 years of 365.25 days, in microseconds
MAX_TICK = 36_525 * 86_400 * 10**6
FRAMES = [
    vector(
        "hello", (0, BOOT, 1_000), 1, hello(1, "strap-7", "1.4.2", [1, 6]),
        {"kind": "hello", "deviceId": "strap-7", "firmware": "1.4.2", "signals": ["ecg", "heartRate"], "detectsContact": True},
    ),
    samples_vector("samples", (1, BOOT, 2_000_000), "ecg", 250, 200.0, 0.0, [-29, -29, -27, MISSING, -12, 190, 60]),
    event_vector("event", (2, BOOT, 2_028_000), "battery", 62.5),
    vector(
        "time", (3, BOOT, 2_030_000), 4, struct.pack("<QI", 1_767_225_600_000_000, 20_000),
        {"kind": "time", "epochMicros": 1_767_225_600_000_000, "uncertaintyMicros": 20_000},
    ),
    event_vector("event without value", (4, BOOT, 2_040_000), "lead-off"),
    event_vector("fault with the vendor's code", (5, BOOT, 2_041_000), "fault", -17.0),
    samples_vector("one value, default scale", (6, BOOT, 2_050_000), "heartRate", 1, 100.0, 0.0, [7225], True),
    samples_vector("offset", (7, BOOT, 2_060_000), "skinTemperature", 4, 50.0, 30.0, [0, 1, -1, 150, -750]),
    samples_vector("every integer missing", (8, BOOT, 2_070_000), "spo2", 1, 1.0, 0.0, [MISSING] * 3),
    samples_vector("differences that wrap at 32 bits", (9, BOOT, 2_080_000), "ppg", 64, 1024.0, 0.0, [2**31 - 128, 128 - 2**31, MISSING, 2**31 - 128, 0]),
    samples_vector("blocks of 254 bytes without a zero", (10, BOOT, 2_090_000), "accX", 50, 16384.0, 0.0, list(range(1, 600))),
    vector(
        "hello with signals of a later version (99, 100)", (11, BOOT, 2_100_000), 1, hello(1, "strap-7", "9.0", [1, 99, 6, 100]),
        {"kind": "hello", "deviceId": "strap-7", "firmware": "9.0", "signals": ["ecg", "heartRate"], "detectsContact": True},
        refused=["unknown-signal"],
    ),
    vector(
        "values outside the physical range (9.99, 350.01 per minute)", (12, BOOT, 2_110_000), 2,
        samples(6, 1000, 100.0, 0.0, [7200, 999, 1000, 35000, 35001]),
        {"kind": "samples", "signal": "heartRate", "rateHz": 1, "values": [72, None, 10, 350, None]},
        refused=["out-of-range"],
    ),
    vector(
        "largest header", (2**32 - 1, 2**32 - 1, MAX_TICK), 1, hello(0, "a", "", []),
        {"kind": "hello", "deviceId": "a", "firmware": "", "signals": [], "detectsContact": False},
    ),
    no_reading_vector("no value of a signal, and why", (13, BOOT, 2_120_000), "spo2", "searching"),
]


def fault(name, reason, raw=None, encoded=None):
    return {"name": name, "reason": reason, "frame": (cobs(raw) if encoded is None else encoded).hex() + "00"}


def cut_before_high_crc():
    """A record that ends within a varint, with a CRC whose bytes could all be the rest of one."""
    payload = samples(1, 1000, 1, 0, [1, 1])[:-1] + b"\x80"
    contents = (content(2, (sequence, BOOT, 1_000), payload) for sequence in range(10_000))
    return next(raw for raw in contents if min(raw[-4:]) > 0x7F)


H = (1, BOOT, 1_000)
GOOD = content(3, H, bytes([1, 0]))
FAULTS = [
    fault("a block that runs past the end", "bad-cobs", encoded=b"\x05\x01\x03"),
    fault("one byte changed", "bad-crc", raw=GOOD[:-1] + bytes([GOOD[-1] ^ 1])),
    fault("shorter than header and CRC", "bad-length", raw=GOOD[:21]),
    fault("longer than 4113 bytes", "too-long", encoded=b"\xff" * 4200),
    fault("version 2", "unknown-version", raw=content(3, H, bytes([1, 0]), version=2)),
    fault("record type 5", "unknown-record", raw=content(5, H, b"")),
    fault("event code 10", "unknown-record", raw=content(3, H, bytes([10, 0]))),
    fault("event flag 3", "bad-value", raw=content(3, H, bytes([1, 3]))),
    fault("event flag 4", "bad-value", raw=content(3, H, bytes([1, 4]))),
    fault("no-reading without signal and cause", "bad-value", raw=content(3, H, bytes([9, 0]))),
    fault("no-reading cut short", "bad-length", raw=content(3, H, bytes([9, 2, 7]))),
    fault("no-reading of signal 99", "unknown-signal", raw=content(3, H, bytes([9, 2, 99, 6]))),
    fault("no-reading for cause 99", "bad-value", raw=content(3, H, bytes([9, 2, 7, 99]))),
    fault("lead-off with signal and cause", "bad-value", raw=content(3, H, bytes([1, 2, 7, 6]))),
    fault("event with a byte too many", "bad-length", raw=content(3, H, bytes([1, 0, 0]))),
    fault("event without its value", "bad-length", raw=content(3, H, bytes([6, 1]))),
    fault("battery without percent", "bad-value", raw=content(3, H, bytes([6, 0]))),
    fault("battery at 101 percent", "out-of-range", raw=content(3, H, bytes([6, 1]) + struct.pack("<f", 101))),
    fault("lead-off with a value", "bad-value", raw=content(3, H, bytes([1, 1]) + struct.pack("<f", 1))),
    fault("tick beyond 100 years", "bad-value", raw=content(3, (1, BOOT, MAX_TICK + 1), bytes([1, 0]))),
    fault("tick beyond 2^53-1", "bad-value", raw=content(3, (1, BOOT, 2**53), bytes([1, 0]))),
    fault("time cut short", "bad-length", raw=content(4, H, bytes(11))),
    fault("time beyond 2^53-1", "bad-value", raw=content(4, H, struct.pack("<QI", 2**53, 0))),
    fault("samples cut within the fixed part", "bad-length", raw=content(2, H, bytes(15))),
    fault("signal 99", "unknown-signal", raw=content(2, H, samples(99, 1000, 1, 0, [1]))),
    fault("samples flag 1", "bad-value", raw=content(2, H, samples(1, 1000, 1, 0, [1], flags=1))),
    fault("rate 0", "bad-value", raw=content(2, H, samples(1, 0, 1, 0, [1]))),
    fault("scale 0", "bad-value", raw=content(2, H, samples(1, 1000, 0, 0, [1]))),
    fault("scale NaN", "bad-value", raw=content(2, H, samples(1, 1000, float("nan"), 0, [1]))),
    fault("offset infinite", "bad-value", raw=content(2, H, samples(1, 1000, 1, float("inf"), [1]))),
    fault("no samples", "bad-value", raw=content(2, H, samples(1, 1000, 1, 0, []))),
    fault("last sample beyond 100 years", "bad-value", raw=content(2, (1, BOOT, MAX_TICK), samples(1, 1000, 1, 0, [1, 1]))),
    fault("count above what follows", "bad-length", raw=content(2, H, samples(1, 1000, 1, 0, [1, 1])[:-1])),
    fault("a varint cut short", "bad-length", raw=content(2, H, samples(1, 1000, 1, 0, [1, 1])[:-1] + b"\x80")),
    fault("a varint cut short before a CRC that would go on with it", "bad-length", raw=cut_before_high_crc()),
    fault("a varint of more than 32 bits", "bad-value", raw=content(2, H, samples(1, 1000, 1, 0, [1])[:-1] + b"\xff\xff\xff\xff\x1f")),
    fault("a byte left over", "bad-length", raw=content(2, H, samples(1, 1000, 1, 0, [1]) + b"\1")),
    fault("hello whose text runs past the end", "bad-length", raw=content(1, H, b"\1\7abc")),
    fault("hello with a byte left over", "bad-length", raw=content(1, H, hello(1, "a", "b", [1]) + b"\1")),
    fault("hello flag 2", "bad-value", raw=content(1, H, hello(2, "a", "b", [1]))),
    fault("device id with a slash", "bad-value", raw=content(1, H, hello(1, "a/b", "b", [1]))),
    fault("firmware that is not UTF-8", "bad-value", raw=content(1, H, b"\1\1a\1\xff\0")),
    fault("firmware with a control character", "bad-value", raw=content(1, H, hello(1, "a", "\x1b[2J", [1]))),
]

here = pathlib.Path(__file__).parent
for name, vectors in (("frames", FRAMES), ("faults", FAULTS)):
    text = json.dumps({"madeBy": "python3 firmware-bridge/vectors/make_vectors.py", "vectors": vectors}, indent=1)
    (here / f"{name}.json").write_text(text + "\n")
