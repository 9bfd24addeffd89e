/* What the sketches use of the Arduino core for the ESP32, as simulated by host.cpp. */
#ifndef TESTING_ARDUINO_H
#define TESTING_ARDUINO_H

#include <stddef.h>
#include <stdint.h>

#define HIGH 0x1
#define INPUT 0x01

void pinMode(uint8_t pin, uint8_t mode);
int digitalRead(uint8_t pin);
uint32_t analogReadMilliVolts(uint8_t pin);

struct HardwareSerial {
  size_t setTxBufferSize(size_t size);
  void begin(unsigned long baud);
  size_t write(uint8_t byte);
  size_t write(const uint8_t *bytes, size_t length);
};
extern HardwareSerial Serial;

#endif
