/** What the wearer does, as far as acceleration tells; `unknown` where there is none. */
export const activities = ['still', 'recovering', 'moving', 'vigorous', 'unknown'] as const
export type Activity = (typeof activities)[number]

/** Standard deviation of acceleration within a second, g: walking gives 0.15 and more at wrist or chest, running 0.6 and more. */
export const restBelowG = 0.05
const vigorousFromG = 0.5
/** Heart and breath are back at rest by then after most efforts (heart rate recovery; simulated runs take some 4 min), steps. */
const recoverySteps = 30

/** From the movement of one 10-s step after the other to the wearer's activity. */
export class ActivityTracker {
  private stillSteps = recoverySteps

  /** @param movement g; NaN where there is no acceleration. */
  step(movement: number): Activity {
    if (Number.isNaN(movement)) return 'unknown'
    if (movement >= restBelowG) {
      this.stillSteps = 0
      return movement >= vigorousFromG ? 'vigorous' : 'moving'
    }
    this.stillSteps = Math.min(recoverySteps, this.stillSteps + 1)
    return this.stillSteps < recoverySteps ? 'recovering' : 'still'
  }

  snapshot(): number {
    return this.stillSteps
  }

  restore(snapshot: number): void {
    this.stillSteps = snapshot
  }
}

/** Movement as a model takes it: 0 at the border between rest and movement. */
export function movementContext(movement: number): number {
  return Math.log10(Math.max(movement, 1e-3) / restBelowG)
}
