import { Fourier } from './fourier.ts'
import { GridChannel } from './gridChannel.ts'

const gridHz = 25
const transform = new Fourier(512)

/** The rate a minute of the largest spectral peak of one window, 30 to 220: what is left without knowledge of motion and past. */
export function loudestPulse(values: Float32Array, rateHz: number): number {
  const points = Math.floor(((values.length - 1) * gridHz) / rateHz)
  const channel = new GridChannel(rateHz, { bandHz: [0.4, 4.5], gridHz, remembered: 512 })
  channel.push(0, values)
  const window = new Float64Array(points)
  if (!channel.read(1, window)) return NaN
  const [re, im] = [new Float64Array(transform.length), new Float64Array(transform.length)]
  re.set(window)
  const spectrum = new Float64Array(transform.length / 2)
  transform.amplitudes(re, im, spectrum, new Float64Array(transform.length / 2))
  const perMinute = (bin: number) => (60 * gridHz * bin) / transform.length
  let best = -1
  for (let k = 0; k < spectrum.length; k++) {
    if (perMinute(k) >= 30 && perMinute(k) <= 220 && (best < 0 || spectrum[k]! > spectrum[best]!)) best = k
  }
  return perMinute(best)
}
