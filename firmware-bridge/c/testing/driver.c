/*
 * Encodes what stdin says, a line a call, with its arguments separated by blanks; prints what the function returned and
 * its bytes in hex, a line each. Floats come as their 32 bits, texts in hex (`-` if empty).
 *
 *   device BOOT_ID SEQUENCE | capacity BYTES      (of those to come; nothing is printed)
 *   hello TICK CONTACT ID FIRMWARE COUNT SIGNALS...
 *   samples TICK SIGNAL RATE SCALE OFFSET COUNT INTEGERS...
 *   event TICK CODE | value TICK CODE VALUE | none TICK SIGNAL CAUSE | time TICK EPOCH UNCERTAINTY
 */
#include "vital_edge.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_ITEMS 10000

static uint64_t number(void) {
  uint64_t value;
  if (scanf("%" SCNu64, &value) != 1) exit(1);
  return value;
}

static float bits(void) {
  uint32_t from = (uint32_t)number();
  float value;
  memcpy(&value, &from, sizeof value);
  return value;
}

static void text(char *into, size_t room) {
  char hex[1024];
  size_t i;
  unsigned byte;
  if (scanf("%1023s", hex) != 1) exit(1);
  for (i = 0; i + 1 < room && sscanf(hex + 2 * i, "%2x", &byte) == 1; i++) into[i] = (char)byte;
  into[i] = 0;
}

int main(void) {
  static int32_t integers[MAX_ITEMS];
  vital_edge_device device = {0, 0};
  size_t capacity = VITAL_EDGE_MAX_BYTES;
  char command[16];
  while (scanf("%15s", command) == 1) {
    /* Just as large as it may be, so that a sanitiser sees a byte too many. */
    uint8_t *out = (uint8_t *)malloc(capacity + (capacity == 0));
    size_t length = 0, i;
    if (strcmp(command, "device") == 0) {
      device.boot_id = (uint32_t)number();
      device.sequence = (uint32_t)number();
    } else if (strcmp(command, "capacity") == 0) {
      capacity = (size_t)number();
    } else {
      uint64_t tick = number();
      if (strcmp(command, "hello") == 0) {
        char id[256], firmware[256];
        uint8_t signals[512];
        bool contact = number() != 0;
        size_t count;
        text(id, sizeof id);
        text(firmware, sizeof firmware);
        count = (size_t)number();
        if (count > sizeof signals) exit(1);
        for (i = 0; i < count; i++) signals[i] = (uint8_t)number();
        length = vital_edge_hello(&device, tick, id, firmware, signals, count, contact, out, capacity);
      } else if (strcmp(command, "samples") == 0) {
        uint8_t signal = (uint8_t)number();
        uint32_t rate = (uint32_t)number();
        float scale = bits();
        float offset = bits();
        size_t count = (size_t)number();
        if (count > MAX_ITEMS) exit(1);
        for (i = 0; i < count; i++)
          if (scanf("%" SCNd32, &integers[i]) != 1) exit(1);
        length = vital_edge_samples(&device, tick, signal, rate, scale, offset, integers, count, out, capacity);
      } else if (strcmp(command, "event") == 0) {
        length = vital_edge_event(&device, tick, (uint8_t)number(), out, capacity);
      } else if (strcmp(command, "value") == 0) {
        uint8_t code = (uint8_t)number();
        length = vital_edge_event_value(&device, tick, code, bits(), out, capacity);
      } else if (strcmp(command, "none") == 0) {
        uint8_t signal = (uint8_t)number();
        length = vital_edge_no_reading(&device, tick, signal, (uint8_t)number(), out, capacity);
      } else if (strcmp(command, "time") == 0) {
        uint64_t epoch = number();
        length = vital_edge_time(&device, tick, epoch, (uint32_t)number(), out, capacity);
      } else {
        exit(1);
      }
      printf("%zu ", length);
      for (i = 0; i < length; i++) printf("%02x", out[i]);
      printf("\n");
    }
    free(out);
  }
  return 0;
}
