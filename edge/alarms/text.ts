import type { Alarm, AlarmCode } from '../messages.ts'

type Params = Alarm['params']

/** English texts by code; everything variable comes from the alarm's parameters. */
const texts: Record<AlarmCode, (params: Params, devices: string) => string> = {
  'ecg-anomaly': (p) =>
    `Unusual heartbeats: ${p['anomalousBeats']} of the last ${p['ofBeats']} do not look like this wearer's usual beat${standingOut(p)}`,
  'vitals-anomaly': (p) => `Vital signs unlike this wearer's own: ${p['signs']}`,
  'heart-rate-high-at-rest': (p) =>
    `Heart rate ${p['heartRatePerMinute']}/min ${p['activity'] === 'rest' ? 'at rest' : '(activity unknown)'}, limit ${p['limitPerMinute']}/min`,
  'spo2-low': (p) => `Oxygen saturation ${p['spo2Percent']} %, limit ${p['limitPercent']} %`,
  'no-beats': (p) => {
    if (p['signal'] === 'moving')
      return `No heartbeat can be made out for ${p['seconds']} s: fibrillation or moving electrodes, the signal cannot tell which`
    if (p['signal'] === 'saturated')
      return `No heartbeat can be made out for ${p['seconds']} s: the ECG is at the sensor's limits and cannot tell`
    return p['contact'] === 'good'
      ? `No heartbeat for ${p['seconds']} s with good electrode contact`
      : `No heartbeat for ${p['seconds']} s: asystole or an electrode off, the device cannot tell which`
  },
  pause: (p) => `Pause of ${p['seconds']} s between two heartbeats`,
  'ventricular-run': (p) =>
    `${p['beats']} beats in a row unlike this wearer's usual beat, as of ventricular origin, at ${p['perMinute']}/min`,
  fibrillation: (p) =>
    `No heartbeats but waves at ${p['hz']} Hz for ${p['seconds']} s, as of fibrillating or fluttering ventricles`,
  'irregular-rhythm': () => 'Irregular heartbeat without order for half a minute or more, as in atrial fibrillation',
  'heart-rate-extreme': (p) => `Heart rate ${p['value']}/min, limit ${p['limit']}/min whatever the activity`,
  'heart-rate-low': (p) => `Heart rate ${p['value']}/min, lower limit ${p['limit']}/min`,
  'temperature-high': (p) => `Body temperature ${p['value']} °C, limit ${p['limit']} °C`,
  'temperature-low': (p) => `Body temperature ${p['value']} °C, lower limit ${p['limit']} °C`,
  'blood-pressure-high': (p) => `Blood pressure, ${p['which']}, ${p['value']} mmHg, limit ${p['limit']} mmHg`,
  'blood-pressure-low': (p) => `Blood pressure, ${p['which']}, ${p['value']} mmHg, lower limit ${p['limit']} mmHg`,
  'respiration-rate-high': (p) => `${p['value']} breaths/min, limit ${p['limit']}/min`,
  'respiration-rate-low': (p) => `${p['value']} breaths/min, lower limit ${p['limit']}/min`,
  'early-warning-high': (p) => `${newsText(p)}: emergency response threshold of 7`,
  'early-warning': (p) => `${newsText(p)}: urgent response threshold of 5`,
  'early-warning-single': (p) => `${newsText(p)}, with 3 points for ${p['threes']} alone`,
  fall: (p) => `Fall with an impact of ${p['impactG']} g, and hardly a movement after it`,
  convulsion: (p) => `Rhythmic shaking at ${p['hz']} Hz for ${p['seconds']} s, as in a convulsion`,
  'off-body': (_, devices) => `${devices} lies still off the body: what it reports is nobody's`,
  'no-pulse': (_, devices) =>
    `No pulse in the PPG of ${devices}: not worn, or no circulation there; the signal cannot tell which`,
  'past-event': (p, devices) =>
    `Past event, found in what arrived late: ${texts[p['pastCode'] as AlarmCode]?.(p, devices) ?? String(p['pastCode'])}`,
  'clock-step': (p, devices) =>
    `The clock of ${devices} was set by ${p['seconds']} s; when it measured is known all the same`,
  'gateway-clock-step': (p) =>
    `The gateway's clock was set by ${p['seconds']} s, from ${p['from']} to ${p['to']}: times before and after do not fit together`,
  'lead-off': (p, devices) => `${p['what'] === 'off-body' ? 'Device is off the body' : 'Electrode off'} (${devices})`,
  'signal-missing': (p, devices) =>
    p['how'] === 'in pieces'
      ? `${devices} measures ${p['signal']} only in pieces too short to be used`
      : `${devices} does not measure ${p['signal']}${p['cause'] === undefined ? '' : `: it says ${String(p['cause']).replaceAll('-', ' ')}`}`,
  'ecg-unreadable': (p, devices) =>
    p['rateHz'] !== undefined
      ? `Nobody watches the ECG of ${devices}: it comes at ${p['rateHz']} Hz, and heartbeats are found at 100 to 1000 Hz`
      : `${devices} moves so much that no heartbeat can be told in its ECG for ${p['seconds']} s`,
  'late-data': (p, devices) =>
    `Of what ${devices} measured from ${p['from']} to ${p['to']} some came too late: it is kept, and only held against limits`,
  'data-gap': (p, devices) => `Blind for ${p['seconds']} s: nothing arrived from ${devices}`,
  'device-silent': (p, devices) =>
    p['everHeard'] === 'no'
      ? `No measurement yet from ${devices}`
      : `No measurement from ${devices} for ${p['seconds']} s`,
  'device-off': (_, devices) => `${devices} was switched off`,
  'device-restarted': (_, devices) => `${devices} restarted`,
  'gateway-restarted': (p, devices) => `Not watched for ${p['seconds']} s: the gateway was not listening to ${devices}`,
  'nobody-listening': (p) =>
    `Nobody listens: for ${p['afterSeconds']} s and more no page was open and no destination for people has answered`,
  'outbox-full': (p) =>
    Number(p['alarmsGivenUp']) > 0
      ? `No room for what waits to be sent: ${p['alarmsGivenUp']} alarm messages were given up`
      : 'No room for what waits to be sent: the oldest summaries are given up',
  'data-file-repaired': (p) =>
    `The gateway's data file was damaged: lost of it ${p['lost'] === 'nothing' ? 'nothing' : `some or all of ${p['lost']}`}; set aside as ${p['setAside']}`,
  'data-file-unwritable': (p) =>
    `The gateway's disk takes nothing (${p['error']}): no alarm could be announced until it did`,
  'destination-unreachable': (p) =>
    p['name'] === 'mqtt'
      ? `The gateway has no connection to its broker (${p['error']}): what it has to tell there waits`
      : `${p['name']} confirms nothing that is sent to it (${p['error']}): it waits in the gateway`,
  'source-unreachable': (p) => `No connection to the source ${p['name']} (${p['error']}): its devices are not heard`,
  'gateway-silent': (p) => `Gateway ${p['gateway']} is silent: nobody is being watched by it`,
}

function newsText({ score, complete, missing }: Params): string {
  return complete === 'yes' ? `NEWS2 ${score}` : `NEWS2 partial, at least ${score} (missing: ${missing})`
}

/** Of the beat with which the alarm began. */
function standingOut({ part, direction }: Params): string {
  if (part === undefined) return ''
  if (part === 'rhythm') return `; the last of them came ${direction === 'lower' ? 'earlier' : 'later'} than expected`
  return `; in the last of them most of all ${part} ${direction} than reconstructed`
}

/** What a person reads, made from an alarm's code, parameters and devices. */
export function alarmText({ code, params, devices }: Pick<Alarm, 'code' | 'params' | 'devices'>): string {
  return texts[code](params, devices.join(', '))
}
