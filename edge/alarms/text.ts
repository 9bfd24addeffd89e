import type { Alarm, AlarmCode } from '../messages.ts'

type Params = Alarm['params']

/** English texts by code; everything variable comes from the alarm's parameters. */
const texts: Record<AlarmCode, (params: Params, devices: string) => string> = {
  'ecg-anomaly': (p) =>
    `Unusual heartbeats: ${p['anomalousBeats']} of the last ${p['ofBeats']} do not look like this wearer's usual beat`,
  'vitals-anomaly': (p) => `Vital signs unlike this wearer's own: ${p['signs']}`,
  'heart-rate-high-at-rest': (p) =>
    `Heart rate ${p['heartRatePerMinute']}/min ${p['activity'] === 'rest' ? 'at rest' : '(activity unknown)'}, limit ${p['limitPerMinute']}/min`,
  'spo2-low': (p) => `Oxygen saturation ${p['spo2Percent']} %, limit ${p['limitPercent']} %`,
  'no-beats': (p) =>
    p['contact'] === 'good'
      ? `No heartbeat for ${p['seconds']} s with good electrode contact`
      : `No heartbeat for ${p['seconds']} s: asystole or an electrode off, the device cannot tell which`,
  'lead-off': (p, devices) => `${p['what'] === 'off-body' ? 'Device is off the body' : 'Electrode off'} (${devices})`,
  'signal-missing': (p, devices) =>
    `${devices} no longer measures ${p['signal']}${p['cause'] === undefined ? '' : `: it says ${String(p['cause']).replaceAll('-', ' ')}`}`,
  'data-gap': (p, devices) => `Blind for ${p['seconds']} s: nothing arrived from ${devices}`,
  'device-silent': (p, devices) =>
    p['everHeard'] === 'no'
      ? `No measurement yet from ${devices}`
      : `No measurement from ${devices} for ${p['seconds']} s`,
  'device-off': (_, devices) => `${devices} was switched off`,
  'device-restarted': (_, devices) => `${devices} restarted`,
  'gateway-restarted': (p, devices) => `Not watched for ${p['seconds']} s: the gateway was not listening to ${devices}`,
  'gateway-silent': (p) => `Gateway ${p['gateway']} is silent: nobody is being watched by it`,
}

/** What a person reads, made from an alarm's code, parameters and devices. */
export function alarmText({ code, params, devices }: Pick<Alarm, 'code' | 'params' | 'devices'>): string {
  return texts[code](params, devices.join(', '))
}
