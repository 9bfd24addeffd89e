/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Vital Edge frames for firmware. One file of C99 (or C++): no heap, no libc but memcpy, no global state, no arithmetic on
 * floats. Byte order and alignment of the machine do not matter; floats must be IEEE 754, 32 bits.
 *
 * Copy this file into the firmware and, in exactly one source file, write
 *
 *   #define VITAL_EDGE_IMPLEMENTATION
 *   #include "vital_edge.h"
 *
 * All others include it without the define.
 *
 *   static vital_edge_device device = {boot_id, 0};
 *   static uint8_t frame[VITAL_EDGE_SAMPLES_BYTES(125)];
 *   size_t length = vital_edge_samples(&device, tick, VITAL_EDGE_SIGNAL_ECG, 250000, 200.0f, 0.0f, integers, 125, frame,
 *                                      sizeof frame);
 *   uart_write(frame, length);
 *
 * The format is specified in firmware-bridge/README.md.
 */
#ifndef VITAL_EDGE_H
#define VITAL_EDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Numbers of signals; the unit is that of the values, `offset + integer / scale`. */
enum {
  VITAL_EDGE_SIGNAL_ECG = 1,                      /* mV */
  VITAL_EDGE_SIGNAL_PPG = 2,                      /* whatever the sensor counts */
  VITAL_EDGE_SIGNAL_ACC_X = 3,                    /* g (9.80665 m/s2) */
  VITAL_EDGE_SIGNAL_ACC_Y = 4,                    /* g */
  VITAL_EDGE_SIGNAL_ACC_Z = 5,                    /* g */
  VITAL_EDGE_SIGNAL_HEART_RATE = 6,               /* beats per minute */
  VITAL_EDGE_SIGNAL_SPO2 = 7,                     /* % */
  VITAL_EDGE_SIGNAL_RESPIRATION_RATE = 8,         /* breaths per minute */
  VITAL_EDGE_SIGNAL_TEMPERATURE = 9,              /* degrees Celsius */
  VITAL_EDGE_SIGNAL_SKIN_TEMPERATURE = 10,        /* degrees Celsius */
  VITAL_EDGE_SIGNAL_BLOOD_PRESSURE_SYSTOLIC = 11, /* mmHg */
  VITAL_EDGE_SIGNAL_BLOOD_PRESSURE_DIASTOLIC = 12, /* mmHg */
  VITAL_EDGE_SIGNAL_PPG2 = 13,                    /* further channels of the sensor of PPG */
  VITAL_EDGE_SIGNAL_PPG3 = 14,
  VITAL_EDGE_SIGNAL_PPG_RED = 15,
  VITAL_EDGE_SIGNAL_PPG_INFRARED = 16,
  VITAL_EDGE_SIGNAL_PPG_AMBIENT = 17,
  VITAL_EDGE_SIGNAL_PERFUSION_INDEX = 18,         /* % */
  VITAL_EDGE_SIGNAL_RR_INTERVAL = 19,             /* ms */
  VITAL_EDGE_SIGNAL_RESPIRATION = 20              /* whatever the sensor counts */
};

/* Codes of events. */
enum {
  VITAL_EDGE_EVENT_LEAD_OFF = 1,
  VITAL_EDGE_EVENT_LEAD_ON = 2,
  VITAL_EDGE_EVENT_OFF_BODY = 3,
  VITAL_EDGE_EVENT_ON_BODY = 4,
  VITAL_EDGE_EVENT_BUTTON = 5,
  VITAL_EDGE_EVENT_BATTERY = 6,     /* with a value: percent */
  VITAL_EDGE_EVENT_FAULT = 7,       /* with or without a value: your own code */
  VITAL_EDGE_EVENT_SESSION_END = 8, /* switched off on purpose; without it, silence is an alarm */
  VITAL_EDGE_EVENT_NO_READING = 9   /* see vital_edge_no_reading */
};

/* Why there is no reading. */
enum {
  VITAL_EDGE_CAUSE_INVALID = 1,
  VITAL_EDGE_CAUSE_NOT_AT_THIS_RESOLUTION = 2,
  VITAL_EDGE_CAUSE_OVER_RANGE = 3,
  VITAL_EDGE_CAUSE_UNDER_RANGE = 4,
  VITAL_EDGE_CAUSE_RESERVED = 5,
  VITAL_EDGE_CAUSE_SEARCHING = 6,
  VITAL_EDGE_CAUSE_POOR_SIGNAL = 7,
  VITAL_EDGE_CAUSE_SENSOR_OFF = 8,
  VITAL_EDGE_CAUSE_STORED = 9
};

/* The integer of a sample that could not be measured. Never send 0, the last value or an invented one instead. */
#define VITAL_EDGE_MISSING INT32_MIN

/* Most samples in a record if each takes one byte (differences of -64 to 63). */
#define VITAL_EDGE_MAX_SAMPLES 4058

/* Largest tick, in microseconds: 100 years of 365.25 days. */
#define VITAL_EDGE_MAX_TICK UINT64_C(3155760000000000)

/* Bytes of `content` after byte stuffing, with the delimiter. */
#define VITAL_EDGE_STUFFED(content) ((content) + ((content) + 253) / 254 + 1)
/* A buffer for any frame. */
#define VITAL_EDGE_MAX_BYTES VITAL_EDGE_STUFFED(4096)
/* A buffer for `count` samples, whatever they are. */
#define VITAL_EDGE_SAMPLES_BYTES(count) VITAL_EDGE_STUFFED(38 + 5 * (count))
/* A buffer for a hello with `count` signals, whatever its texts. */
#define VITAL_EDGE_HELLO_BYTES(count) VITAL_EDGE_STUFFED(154 + (count))
/* A buffer for any event or time record. */
#define VITAL_EDGE_EVENT_BYTES VITAL_EDGE_STUFFED(34)

typedef struct {
  uint32_t boot_id;  /* drawn anew at each boot: a random number, or a counter in flash */
  uint32_t sequence; /* of the next frame; starts at 0 and counts by itself */
} vital_edge_device;

/*
 * Each function writes one frame, with its delimiter, into `out`, which has room for `capacity` bytes. It returns the length
 * and counts the sequence up, or it returns 0, changes nothing but the bytes of `out`, and there is nothing to send: the
 * frame does not fit into `out` or into 4096 bytes, `tick` is beyond VITAL_EDGE_MAX_TICK, or an argument is not what its
 * function says. Pointers must not be null, except `signals` where `signal_count` is 0.
 *
 * To send a frame again, send the same bytes again: the receiver drops what it already has by boot id and sequence.
 *
 * `tick` is in microseconds since boot, of the clock that paces the sampling: at the first sample, or at the event.
 */

/*
 * Who the device is: at start and every few seconds. `device_id`: 1 to 64 letters, digits, '.', '_', '-', the first a letter
 * or digit. `firmware`: at most 64 bytes of UTF-8 without control characters. At most 255 signals. `detects_contact`: the
 * device notices when an electrode or strap comes off.
 */
size_t vital_edge_hello(vital_edge_device *device, uint64_t tick, const char *device_id, const char *firmware,
                        const uint8_t *signals, size_t signal_count, bool detects_contact, uint8_t *out,
                        size_t capacity);

/*
 * Consecutive, evenly spaced samples: `count` (1 or more) integers, VITAL_EDGE_MISSING for those that could not be measured.
 * `rate_millihertz` is at least 1: 250 Hz is 250000. `scale` is in integers per unit of the signal and above 0: 200 for 200
 * counts per mV. `offset` is the value of integer 0, in that unit. The last sample's tick has the limit of `tick`.
 */
size_t vital_edge_samples(vital_edge_device *device, uint64_t tick, uint8_t signal, uint32_t rate_millihertz,
                          float scale, float offset, const int32_t *integers, size_t count, uint8_t *out,
                          size_t capacity);

/* Any event but BATTERY, which has a value, and NO_READING. */
size_t vital_edge_event(vital_edge_device *device, uint64_t tick, uint8_t code, uint8_t *out, size_t capacity);

/* BATTERY with 0 to 100 percent, or FAULT with your own code, a finite number. */
size_t vital_edge_event_value(vital_edge_device *device, uint64_t tick, uint8_t code, float value, uint8_t *out,
                              size_t capacity);

/* The device works, but has no value of `signal`, because of `cause`. */
size_t vital_edge_no_reading(vital_edge_device *device, uint64_t tick, uint8_t signal, uint8_t cause, uint8_t *out,
                             size_t capacity);

/* The time of day at `tick`, in microseconds since 1970-01-01T00:00:00Z, at most 2^53-1, and how far off it may be. */
size_t vital_edge_time(vital_edge_device *device, uint64_t tick, uint64_t epoch_micros, uint32_t uncertainty_micros,
                       uint8_t *out, size_t capacity);

#ifdef __cplusplus
}
#endif

#endif /* VITAL_EDGE_H */

#if defined(VITAL_EDGE_IMPLEMENTATION) && !defined(VITAL_EDGE_IMPLEMENTED)
#define VITAL_EDGE_IMPLEMENTED

#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef char vital_edge_float_has_32_bits_[sizeof(float) == 4 ? 1 : -1];

/* A frame that is being written: CRC and byte stuffing (COBS) go along with every byte, so no second buffer is needed. */
typedef struct {
  uint8_t *out;
  size_t capacity;
  size_t length;  /* what was written, or would have been if there were room */
  size_t block;   /* where the length of the current COBS block goes */
  size_t content; /* bytes before stuffing */
  uint32_t crc;
} vital_edge_writer_;

static void vital_edge_write_(vital_edge_writer_ *writer, uint8_t byte) {
  if (writer->length < writer->capacity) writer->out[writer->length] = byte;
  writer->length++;
}

static void vital_edge_close_block_(vital_edge_writer_ *writer) {
  if (writer->block < writer->capacity) writer->out[writer->block] = (uint8_t)(writer->length - writer->block);
  writer->block = writer->length;
  vital_edge_write_(writer, 0);
}

static void vital_edge_put_(vital_edge_writer_ *writer, uint8_t byte) {
  uint8_t bit;
  writer->content++;
  /* CRC-32 of IEEE 802.3 without a table: 64 bytes less, and fast enough for what a wearable sends. */
  writer->crc ^= byte;
  for (bit = 0; bit < 8; bit++)
    writer->crc = (writer->crc >> 1) ^ (UINT32_C(0xedb88320) & ((uint32_t)0 - (writer->crc & 1)));
  /* A full block stands for no zero. It is closed only when another byte comes: after the last, none must be opened. */
  if (writer->length - writer->block == 0xff) vital_edge_close_block_(writer);
  if (byte == 0)
    vital_edge_close_block_(writer);
  else
    vital_edge_write_(writer, byte);
}

static void vital_edge_put_number_(vital_edge_writer_ *writer, uint64_t number, uint8_t bytes) {
  for (; bytes > 0; bytes--, number >>= 8) vital_edge_put_(writer, (uint8_t)(number & 0xff));
}

static void vital_edge_begin_(vital_edge_writer_ *writer, const vital_edge_device *device, uint8_t type, uint64_t tick,
                              uint8_t *out, size_t capacity) {
  writer->out = out;
  /* A tick that is not allowed is a frame for which there is no room. */
  writer->capacity = tick > VITAL_EDGE_MAX_TICK ? 0 : capacity;
  writer->length = 1;
  writer->block = 0;
  writer->content = 0;
  writer->crc = UINT32_C(0xffffffff);
  vital_edge_put_(writer, 1);
  vital_edge_put_(writer, type);
  vital_edge_put_number_(writer, device->sequence, 4);
  vital_edge_put_number_(writer, device->boot_id, 4);
  vital_edge_put_number_(writer, tick, 8);
}

static size_t vital_edge_end_(vital_edge_writer_ *writer, vital_edge_device *device) {
  vital_edge_put_number_(writer, ~writer->crc & UINT32_C(0xffffffff), 4);
  vital_edge_close_block_(writer); /* writes the 0 that is the delimiter */
  if (writer->content > 4096 || writer->length > writer->capacity) return 0;
  device->sequence++;
  return writer->length;
}

static uint32_t vital_edge_float_bits_(float value) {
  uint32_t bits;
  memcpy(&bits, &value, 4);
  return bits;
}

static bool vital_edge_is_finite_(uint32_t bits) { return (bits & UINT32_C(0x7f800000)) != UINT32_C(0x7f800000); }

static bool vital_edge_is_signal_(uint8_t signal) { return signal >= 1 && signal <= VITAL_EDGE_SIGNAL_RESPIRATION; }

/* Length of a text of at most 64 bytes; 65 if it is longer. */
static uint8_t vital_edge_text_length_(const char *text) {
  uint8_t length = 0;
  while (length <= 64 && text[length] != 0) length++;
  return length;
}

static bool vital_edge_is_device_id_(const char *id, uint8_t length) {
  uint8_t i;
  for (i = 0; i < length; i++) {
    uint8_t c = (uint8_t)id[i];
    uint8_t lower = c | 0x20;
    bool alphanumeric = (c >= '0' && c <= '9') || (lower >= 'a' && lower <= 'z');
    if (!alphanumeric && (i == 0 || (c != '.' && c != '_' && c != '-'))) return false;
  }
  return length >= 1 && length <= 64;
}

/* UTF-8 as in RFC 3629, without C0 and C1 controls and DEL. */
static bool vital_edge_is_text_(const char *text, uint8_t length) {
  uint8_t i = 0;
  if (length > 64) return false;
  while (i < length) {
    uint8_t lead = (uint8_t)text[i++];
    uint8_t more = lead < 0x80 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
    uint32_t point = more == 0 ? lead : (uint32_t)lead & (0x3fu >> more);
    uint8_t left;
    if ((lead >= 0x80 && lead < 0xc2) || lead > 0xf4) return false;
    /* The 0 at the end of the text is no continuation, so this does not run past it. */
    for (left = more; left > 0; left--, i++) {
      if (((uint8_t)text[i] & 0xc0) != 0x80) return false;
      point = (point << 6) | ((uint8_t)text[i] & 0x3f);
    }
    if (point < 0x20 || (point >= 0x7f && point < 0xa0)) return false;
    if ((more == 2 && point < 0x800) || (more == 3 && (point < UINT32_C(0x10000) || point > UINT32_C(0x10ffff))) ||
        (point >= 0xd800 && point < 0xe000))
      return false;
  }
  return true;
}

static void vital_edge_put_text_(vital_edge_writer_ *writer, const char *text, uint8_t length) {
  uint8_t i;
  vital_edge_put_(writer, length);
  for (i = 0; i < length; i++) vital_edge_put_(writer, (uint8_t)text[i]);
}

size_t vital_edge_hello(vital_edge_device *device, uint64_t tick, const char *device_id, const char *firmware,
                        const uint8_t *signals, size_t signal_count, bool detects_contact, uint8_t *out,
                        size_t capacity) {
  vital_edge_writer_ writer;
  uint8_t id_length = vital_edge_text_length_(device_id);
  uint8_t firmware_length = vital_edge_text_length_(firmware);
  size_t i;
  if (!vital_edge_is_device_id_(device_id, id_length) || !vital_edge_is_text_(firmware, firmware_length) ||
      signal_count > 0xff)
    return 0;
  vital_edge_begin_(&writer, device, 1, tick, out, capacity);
  vital_edge_put_(&writer, detects_contact ? 1 : 0);
  vital_edge_put_text_(&writer, device_id, id_length);
  vital_edge_put_text_(&writer, firmware, firmware_length);
  vital_edge_put_(&writer, (uint8_t)signal_count);
  for (i = 0; i < signal_count; i++) {
    if (!vital_edge_is_signal_(signals[i])) return 0;
    vital_edge_put_(&writer, signals[i]);
  }
  return vital_edge_end_(&writer, device);
}

/*
 * Whether the last sample's tick is allowed: (count - 1) / rate <= what is left of it. Multiplied out, in 96 bits: small
 * machines have no 64-bit division.
 */
static bool vital_edge_last_tick_fits_(uint64_t tick, uint32_t rate_millihertz, size_t count) {
  uint64_t span = (uint64_t)(count - 1) * UINT64_C(1000000000);
  uint64_t left = VITAL_EDGE_MAX_TICK - tick;
  uint64_t low = (left & UINT64_C(0xffffffff)) * rate_millihertz;
  uint64_t high = (left >> 32) * rate_millihertz + (low >> 32);
  return (span >> 32) < high || ((span >> 32) == high && (uint32_t)span <= (uint32_t)low);
}

size_t vital_edge_samples(vital_edge_device *device, uint64_t tick, uint8_t signal, uint32_t rate_millihertz,
                          float scale, float offset, const int32_t *integers, size_t count, uint8_t *out,
                          size_t capacity) {
  vital_edge_writer_ writer;
  uint32_t scale_bits = vital_edge_float_bits_(scale);
  uint32_t offset_bits = vital_edge_float_bits_(offset);
  uint32_t previous = 0;
  size_t i;
  if (!vital_edge_is_signal_(signal) || rate_millihertz == 0 || count < 1 || count > VITAL_EDGE_MAX_SAMPLES) return 0;
  /* The sign is the highest bit: what is above 0 and finite lies between 0 and infinity as bits, too. */
  if (scale_bits == 0 || scale_bits >= UINT32_C(0x7f800000) || !vital_edge_is_finite_(offset_bits)) return 0;
  if (tick > VITAL_EDGE_MAX_TICK || !vital_edge_last_tick_fits_(tick, rate_millihertz, count)) return 0;
  vital_edge_begin_(&writer, device, 2, tick, out, capacity);
  vital_edge_put_(&writer, signal);
  vital_edge_put_(&writer, 0);
  vital_edge_put_number_(&writer, rate_millihertz, 4);
  vital_edge_put_number_(&writer, scale_bits, 4);
  vital_edge_put_number_(&writer, offset_bits, 4);
  vital_edge_put_number_(&writer, count, 2);
  for (i = 0; i < count; i++) {
    uint32_t difference = (uint32_t)integers[i] - previous;
    uint32_t zigzag = (difference << 1) ^ ((uint32_t)0 - (difference >> 31));
    previous = (uint32_t)integers[i];
    for (; zigzag > 0x7f; zigzag >>= 7) vital_edge_put_(&writer, (uint8_t)((zigzag & 0x7f) | 0x80));
    vital_edge_put_(&writer, (uint8_t)zigzag);
  }
  return vital_edge_end_(&writer, device);
}

/* An event with `bytes` bytes of `body` after its code and `flags`. */
static size_t vital_edge_put_event_(vital_edge_device *device, uint64_t tick, uint8_t code, uint8_t flags,
                                    uint32_t body, uint8_t bytes, uint8_t *out, size_t capacity) {
  vital_edge_writer_ writer;
  vital_edge_begin_(&writer, device, 3, tick, out, capacity);
  vital_edge_put_(&writer, code);
  vital_edge_put_(&writer, flags);
  vital_edge_put_number_(&writer, body, bytes);
  return vital_edge_end_(&writer, device);
}

size_t vital_edge_event(vital_edge_device *device, uint64_t tick, uint8_t code, uint8_t *out, size_t capacity) {
  if (code < 1 || code > VITAL_EDGE_EVENT_SESSION_END || code == VITAL_EDGE_EVENT_BATTERY) return 0;
  return vital_edge_put_event_(device, tick, code, 0, 0, 0, out, capacity);
}

size_t vital_edge_event_value(vital_edge_device *device, uint64_t tick, uint8_t code, float value, uint8_t *out,
                              size_t capacity) {
  uint32_t bits = vital_edge_float_bits_(value);
  /* 0 to 100 (0x42c80000), or -0. */
  bool percent = bits <= UINT32_C(0x42c80000) || bits == UINT32_C(0x80000000);
  if (code == VITAL_EDGE_EVENT_BATTERY ? !percent : code != VITAL_EDGE_EVENT_FAULT || !vital_edge_is_finite_(bits))
    return 0;
  return vital_edge_put_event_(device, tick, code, 1, bits, 4, out, capacity);
}

size_t vital_edge_no_reading(vital_edge_device *device, uint64_t tick, uint8_t signal, uint8_t cause, uint8_t *out,
                             size_t capacity) {
  if (!vital_edge_is_signal_(signal) || cause < 1 || cause > VITAL_EDGE_CAUSE_STORED) return 0;
  return vital_edge_put_event_(device, tick, VITAL_EDGE_EVENT_NO_READING, 2, (uint32_t)signal | ((uint32_t)cause << 8),
                               2, out, capacity);
}

size_t vital_edge_time(vital_edge_device *device, uint64_t tick, uint64_t epoch_micros, uint32_t uncertainty_micros,
                       uint8_t *out, size_t capacity) {
  vital_edge_writer_ writer;
  if (epoch_micros > UINT64_C(0x1fffffffffffff)) return 0;
  vital_edge_begin_(&writer, device, 4, tick, out, capacity);
  vital_edge_put_number_(&writer, epoch_micros, 8);
  vital_edge_put_number_(&writer, uncertainty_micros, 4);
  return vital_edge_end_(&writer, device);
}

#ifdef __cplusplus
}
#endif

#endif /* VITAL_EDGE_IMPLEMENTATION */
