import type { Alarm } from '../../../edge/messages.ts'

/** Every word on the page, by code. */
export const texts = {
  title: 'Vital Edge',
  notMedical: 'Not a medical device. Do not use it to decide about treatment.',
  skipToAlarms: 'Go to the alarms',
  wall: 'Wearers',
  nobody: 'No wearer is known yet. Assign a device to a wearer, or start a gateway.',
  watching: (since: string) => `Watching since ${since}`,
  notWatching: 'NOT watching',
  because: (reason: string) => `because ${reason}`,
  noAlarm: 'No alarm',
  over: 'over',
  more: (count: number) => `and ${count} more`,
  noVitals: 'No vital signs',
  coverage: 'Assessable',
  coverageHelp: 'Share of the time in which this wearer could be assessed',
  score: 'Anomaly score',
  threshold: 'threshold',
  noScore: 'no score',
  old: (age: string) => `${age} old`,
  devices: (ids: string[]) =>
    ids.length === 0 ? 'No device' : `${ids.length === 1 ? 'Device' : 'Devices'} ${ids.join(', ')}`,
  trend: (wearer: string) => `Heart rate and anomaly score of ${wearer} over the last 15 minutes`,
  trendHeartRate: 'Heart rate /min',
  trendScore: 'Anomaly score, line: threshold',
  alarms: 'Alarms',
  noAlarms: 'There are no alarms.',
  needSomebody: (count: number) =>
    count === 0 ? 'Nothing needs somebody' : `${count} ${count === 1 ? 'alarm needs' : 'alarms need'} somebody`,
  watched: (watched: number, all: number) => `${watched} of ${all} watched`,
  priorities: { high: 'High', medium: 'Medium', low: 'Low' } satisfies Record<Alarm['priority'], string>,
  types: { physiological: 'Physiological', technical: 'Technical' } satisfies Record<Alarm['type'], string>,
  states: {
    'active-unacknowledged': 'Active, not acknowledged',
    'active-acknowledged': 'Active, acknowledged',
    'returned-unacknowledged': 'Over, not acknowledged',
    normal: 'Over',
    shelved: 'Shelved',
    suppressed: 'Suppressed: another alarm explains it',
    'out-of-service': 'Out of service',
  } satisfies Record<Alarm['state'], string>,
  acknowledgedBy: (by: string, at: string) => `Acknowledged by ${by}, ${at}`,
  endedAt: (at: string) => `Over since ${at}`,
  acknowledge: 'Acknowledge',
  acknowledging: 'Sending …',
  cancel: 'Cancel',
  yourName: 'Your name',
  comment: 'Comment (optional)',
  gateway: (id: string) => `Gateway ${id}`,
  failed: (why: string) => `Not acknowledged: ${why}`,
  connection: {
    live: 'Live',
    connecting: 'Connecting …',
    lost: 'Connection lost',
  },
  lostSince: (time: string) =>
    `Connection lost. Everything below is as it was at ${time}. It is tried again by itself.`,
  brokerAway: 'The server has lost its message broker: what gateways see does not reach this page.',
  gatewaySilent: (id: string, since: string) =>
    `Gateway ${id} is silent since ${since}: nobody is watching through it.`,
  incomplete: 'Older alarms are missing from the list',
  signals: {
    heartRate: 'Heart rate',
    spo2: 'SpO₂',
    respirationRate: 'Breathing',
    temperature: 'Temperature',
    skinTemperature: 'Skin temp.',
    bloodPressureSystolic: 'BP systolic',
    bloodPressureDiastolic: 'BP diastolic',
  } as Record<string, string>,
  units: { '/min': '/min', '%': '%', Cel: '°C', 'mm[Hg]': 'mmHg', '1': '' } as Record<string, string>,
  ago: (amount: number, unit: 's' | 'min' | 'h' | 'd') => `${amount} ${unit} ago`,
  now: 'now',
}

/** Whom an alarm is about: a wearer, or the gateway itself. */
export function whom({ wearer, gateway }: Pick<Alarm, 'wearer' | 'gateway'>): string {
  return wearer ?? texts.gateway(gateway)
}
