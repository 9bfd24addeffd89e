/*
 * Runs Esp32Ecg.ino for SECONDS of simulated time and writes what it sends to stdout. The electrode is off from 3 s to 5 s;
 * at 8 s the program stands still for 100 ms. The front end shows a triangle of 1 mV, one a second.
 *
 *   host SECONDS
 */
#include "Arduino.h"

#include <stdio.h>
#include <stdlib.h>

#include "esp_random.h"
#include "esp_timer.h"

void setup();
void loop();

static int64_t now = 250000;
HardwareSerial Serial;

int64_t esp_timer_get_time(void) {
  now += 37;
  if (now >= 8000000 && now < 8000037) now += 100000;
  return now;
}

uint32_t esp_random(void) { return 0xc0ffee01u; }

static void expect(bool right, const char *what) {
  if (right) return;
  fprintf(stderr, "host: expected %s\n", what);
  exit(1);
}

void pinMode(uint8_t pin, uint8_t mode) { expect((pin == 32 || pin == 33) && mode == INPUT, "the lead-off pins"); }

int digitalRead(uint8_t pin) {
  expect(pin == 32 || pin == 33, "a lead-off pin");
  return pin == 33 && now >= 3000000 && now < 5000000 ? HIGH : 0;
}

uint32_t analogReadMilliVolts(uint8_t pin) {
  expect(pin == 34, "the pin of the output");
  /* 1100 mV for 1 mV, of 2 us a step, so that a reading tells when it was taken. */
  int64_t phase = now % 1000000 / 1000;
  return (uint32_t)(1650 + (phase < 500 ? phase : 1000 - phase) * 11 / 5);
}

size_t HardwareSerial::setTxBufferSize(size_t size) { return size; }
void HardwareSerial::begin(unsigned long baud) { expect(baud == 921600, "921600 baud"); }
size_t HardwareSerial::write(uint8_t byte) { return write(&byte, 1); }
size_t HardwareSerial::write(const uint8_t *bytes, size_t length) {
  expect(length > 0, "frames, not refusals");
  return fwrite(bytes, 1, length, stdout);
}

int main(int count, char **arguments) {
  expect(count == 2, "one argument: seconds");
  setup();
  while (now < (int64_t)atoi(arguments[1]) * 1000000) loop();
  return 0;
}
