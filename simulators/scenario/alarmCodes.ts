/**
 * Codes that a scenario may expect: those that a gateway knows today and those of detectors that are to come. Here and not
 * in the edge, as a simulator knows nothing of it; an expectation is what a person would want to be told.
 */
export const expectableCodes = {
  'no-beats': 'no heart beats, contact good',
  'spo2-low': 'oxygen saturation low',
  'spo2-very-low': 'oxygen saturation low, at once',
  'heart-rate-high-at-rest': 'fast heart without movement',
  'heart-rate-low': 'slow heart',
  'ecg-anomaly': 'beats that are unlike the wearer’s own',
  'ventricular-run': 'three or more ventricular beats in a row',
  fibrillation: 'waves in the ECG as of fibrillating ventricles',
  pause: 'a beat missing for seconds',
  'irregular-rhythm': 'intervals without order, as in atrial fibrillation',
  'st-change': 'ST segment raised or lowered',
  'respiration-rate-high': 'fast breathing',
  'respiration-rate-low': 'slow breathing, or none',
  'temperature-high': 'fever',
  'vitals-anomaly': 'vital signs that together are unlike the wearer’s own, such as a slow haemorrhage',
  'early-warning': 'a track-and-trigger score that has risen',
  fall: 'a fall',
  convulsion: 'rhythmic shaking of the body',
  'past-event': 'something that happened while the link was down, found afterwards',
  'off-body': 'the device is not on the wearer',
  'lead-off': 'an electrode is off',
  'signal-missing': 'a signal that should come does not, or cannot be used',
  'data-gap': 'samples are missing',
  'device-silent': 'nothing comes from the device',
  'device-off': 'the device was switched off on purpose',
  'device-restarted': 'the device has started anew',
  'clock-step': 'the device’s clock has jumped',
  'battery-low': 'battery nearly empty',
} as const

export type ExpectableCode = keyof typeof expectableCodes
export const expectableCodeNames = Object.keys(expectableCodes) as ExpectableCode[]
