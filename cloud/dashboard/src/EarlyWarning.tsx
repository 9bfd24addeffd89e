import type { WearerView } from '../../view.ts'
import { texts } from './texts.ts'
import { ago } from './time.ts'

/** It is told every few seconds: older than this it is shown as old, in ms. */
const oldAfterMs = 30_000

/** NEWS2: the total, or the least that it can be with what is missing; who is not told apart from 0 is not shown as 0. */
export function EarlyWarning({
  score,
  wearer,
  now,
}: {
  score: WearerView['earlyWarning']
  wearer: string
  now: number
}) {
  if (score === undefined) return null
  const isOld = now - Date.parse(score.at) > oldAfterMs
  const age = isOld && <small class="age"> {texts.old(ago(score.at, now).replace(/ ago$/, ''))}</small>
  const id = `news2-${wearer}`
  if ('notGivenBecause' in score)
    return (
      <p class="news2 muted" data-testid={id}>
        {texts.news2}: {texts.news2NotGiven} ({score.notGivenBecause}){age}
      </p>
    )
  const { total, atLeast, missing, threes, spo2Scale } = score
  const names = (inputs: string[]) => inputs.map((input) => texts.news2Inputs[input] ?? input).join(', ')
  const tone = atLeast >= 7 ? 'high' : atLeast >= 5 ? 'medium' : threes.length > 0 ? 'low' : ''
  return (
    <p class={`news2 ${tone} ${isOld ? 'muted' : ''}`} data-testid={id}>
      {texts.news2} <strong>{total ?? texts.news2AtLeast(atLeast)}</strong>
      {threes.length > 0 && <span class="threes"> {texts.news2Threes(names(threes))}</span>}
      {total === undefined && <span class="muted"> {texts.news2Missing(names(missing))}</span>}
      {spo2Scale === 2 && <span class="muted"> {texts.news2Scale2}</span>}
      {age}
    </p>
  )
}
