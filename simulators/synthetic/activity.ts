import type { EventKind, Script } from './events.ts'
import type { Person } from './person.ts'

export type ActivityKind = Extract<EventKind, 'walk' | 'run' | 'stairs' | 'exercise' | 'sleep'> | 'rest'

/** What the wearer does, and what that asks of heart and breath in the end. */
export interface Activity {
  kind: ActivityKind
  /** Beats/min and breaths/min over those at rest. */
  heartRate: number
  respirationRate: number
}

const walkRaisesHeartRate = 36
const walkRaisesRespiration = 8
/** Breaths/min for each beat/min above rest: about 35 to 40 breaths at 165 beats (Naranjo et al., Br J Sports Med 39:80, 2005). */
const breathsPerBeat = 0.21
const sleepLowersRespiration = 1.5
const rest: Activity = { kind: 'rest', heartRate: 0, respirationRate: 0 }

/** The activity of a second; the strongest where several are scripted. */
export function activityAt(script: Script, person: Person, second: number): Activity {
  for (const kind of ['run', 'stairs', 'exercise'] as const) {
    const effort = script(kind, second, second + 1)?.event
    if (effort === undefined) continue
    const heartRate = Math.max(0, effort.toPerMinute - person.restingHeartRate)
    return { kind, heartRate, respirationRate: heartRate * breathsPerBeat }
  }
  if (script('walk', second, second + 1))
    return { kind: 'walk', heartRate: walkRaisesHeartRate, respirationRate: walkRaisesRespiration }
  if (script('sleep', second, second + 1)) {
    const heartRate = -person.sleepDip * person.restingHeartRate
    return { kind: 'sleep', heartRate, respirationRate: -sleepLowersRespiration }
  }
  return rest
}
