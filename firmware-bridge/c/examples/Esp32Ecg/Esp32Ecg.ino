/*
 * An ECG wearable: ESP32 and an AD8232 front end, sending Vital Edge frames over USB serial.
 *
 *   AD8232   ESP32
 *   OUTPUT   GPIO 34 (ADC1; ADC2 does not work beside Wi-Fi)
 *   LO+      GPIO 32
 *   LO-      GPIO 33
 *   3.3V, GND
 *
 * Copy vital_edge.h into this folder. On the gateway: a serial source with decoder "frame" and 921600 baud.
 */
#include <Arduino.h>
#include <esp_random.h>
#include <esp_timer.h>

#define VITAL_EDGE_IMPLEMENTATION
#include "vital_edge.h"

static const char deviceId[] = "esp32-ecg-1";
static const char firmware[] = "Esp32Ecg 1.0";
static const uint8_t deviceSignals[] = {VITAL_EDGE_SIGNAL_ECG};

static const uint8_t outputPin = 34;
static const uint8_t leadOffPins[] = {32, 33};

static const uint32_t samplesPerSecond = 250;
static const int64_t samplePeriod = 1000000 / samplesPerSecond;
static const size_t samplesInRecord = samplesPerSecond / 2;
static const int64_t helloPeriod = 5000000;

/* Of the front end: its output rests at half the supply, and 1 mV at the electrodes are so many mV there. */
static const int32_t restMillivolts = 1650;
static const float gain = 1100.0f;

static vital_edge_device device;
static uint8_t frame[VITAL_EDGE_SAMPLES_BYTES(samplesInRecord)];
static int32_t integers[samplesInRecord];
static size_t collected = 0;
/* Microseconds since boot: of the first sample in `integers`, of the next sample, of the next hello. */
static int64_t firstAt;
static int64_t sampleAt;
static int64_t helloAt;
static bool leadIsOff = false;

static void sendHello(int64_t now) {
  Serial.write(frame, vital_edge_hello(&device, now, deviceId, firmware, deviceSignals, sizeof deviceSignals, true, frame,
                                       sizeof frame));
}

static void sendLead(int64_t now) {
  uint8_t code = leadIsOff ? VITAL_EDGE_EVENT_LEAD_OFF : VITAL_EDGE_EVENT_LEAD_ON;
  Serial.write(frame, vital_edge_event(&device, now, code, frame, sizeof frame));
}

static void sendSamples() {
  if (collected == 0) return;
  Serial.write(frame, vital_edge_samples(&device, firstAt, VITAL_EDGE_SIGNAL_ECG, samplesPerSecond * 1000, gain, 0.0f,
                                         integers, collected, frame, sizeof frame));
  collected = 0;
}

/* Takes `integer` as the sample that was due at `sampleAt`. */
static void collect(int32_t integer) {
  if (collected == 0) firstAt = sampleAt;
  integers[collected++] = integer;
  sampleAt += samplePeriod;
  if (collected == samplesInRecord) sendSamples();
}

static bool anyLeadOff() { return digitalRead(leadOffPins[0]) == HIGH || digitalRead(leadOffPins[1]) == HIGH; }

void setup() {
  /* Room for several records, so that writing one does not hold up the next sample. */
  Serial.setTxBufferSize(2048);
  Serial.begin(921600);
  pinMode(leadOffPins[0], INPUT);
  pinMode(leadOffPins[1], INPUT);
  device.boot_id = esp_random();
  device.sequence = 0;
  /* Ends whatever the boot loader has printed. */
  Serial.write((uint8_t)0);
  sampleAt = esp_timer_get_time();
  helloAt = sampleAt + helloPeriod;
  sendHello(sampleAt);
  leadIsOff = anyLeadOff();
  sendLead(sampleAt);
}

void loop() {
  int64_t now = esp_timer_get_time();
  if (now < sampleAt) return;
  if (now >= helloAt) {
    sendHello(now);
    helloAt += helloPeriod;
  }
  /* Samples whose time has gone by were not taken: say so, rather than move the next ones in time. */
  while (now - sampleAt >= samplePeriod) collect(VITAL_EDGE_MISSING);

  bool off = anyLeadOff();
  if (off != leadIsOff) {
    leadIsOff = off;
    sendLead(now);
  }
  collect(off ? VITAL_EDGE_MISSING : (int32_t)analogReadMilliVolts(outputPin) - restMillivolts);
}
