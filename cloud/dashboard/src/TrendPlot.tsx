import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import { texts } from './texts.ts'
import { loadTrend, trendOf, trendSeconds } from './trends.ts'

const height = 110
/** The shortest stretch of time that is drawn, s. */
const shortestSeconds = 120

interface Props {
  wearer: string
  /** The newest one; drawn as a line. */
  threshold: number | undefined
  now: number
}

/** Heart rate and anomaly score of the last minutes, two axes; where nothing was measured the line is broken. */
export function TrendPlot({ wearer, threshold, now }: Props) {
  const place = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot>(null)
  const drawn = useRef(-1)
  const limit = useRef(threshold)
  limit.current = threshold

  useEffect(() => {
    const element = place.current!
    const colour = (name: string) => getComputedStyle(element).getPropertyValue(name).trim()
    const made = new uPlot(
      options(element.clientWidth, colour, () => limit.current),
      [[], [], []],
      element,
    )
    plot.current = made
    const resize = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }))
    resize.observe(element)
    void loadTrend(wearer, Date.now()).catch(() => undefined)
    return () => {
      resize.disconnect()
      made.destroy()
    }
  }, [wearer])

  useEffect(() => {
    const trend = trendOf(wearer)
    // Also without new data time goes on, so that a silence is seen as a growing gap.
    const second = Math.floor(now / 1000)
    if (drawn.current === second) return
    drawn.current = second
    plot.current?.batch(() => {
      plot.current?.setData([trend.at, trend.heartRate, trend.score], false)
      const first = trend.at[0] ?? second
      const span = Math.min(trendSeconds, Math.max(shortestSeconds, second - first))
      plot.current?.setScale('x', { min: second - span, max: second })
    })
  })

  return (
    <figure class="trend">
      <div class="trend-plot" ref={place} role="img" aria-label={texts.trend(wearer)} />
      <figcaption aria-hidden="true">
        <span class="key-rate">━ {texts.trendHeartRate}</span> <span class="key-score">┅ {texts.trendScore}</span>
      </figcaption>
    </figure>
  )
}

function options(width: number, colour: (name: string) => string, threshold: () => number | undefined): uPlot.Options {
  const axis = {
    stroke: () => colour('--muted'),
    grid: { stroke: () => colour('--line'), width: 1 },
    ticks: { show: false },
    font: '11px sans-serif',
  }
  return {
    width,
    height,
    cursor: { show: false },
    legend: { show: false },
    padding: [6, 0, 0, 0],
    hooks: { draw: [(plot) => drawThreshold(plot, threshold(), colour('--score'))] },
    scales: {
      x: { time: true, range: (_plot, min, max) => [min, max] },
      // At least 40 beats a minute of height: small changes must not look like large ones.
      rate: { range: (_plot, min, max) => padded(min, max, 40, 60) },
      // The threshold in the middle at least: a score far below it must look low.
      score: { range: (_plot, _min, max) => [0, Math.max((max ?? 0) * 1.1, 2 * (threshold() ?? 0.5))] },
    },
    axes: [
      { ...axis, size: 22, space: 60, values: (_plot, splits) => splits.map((at) => clock.format(at * 1000)) },
      { ...axis, scale: 'rate', size: 34, space: 26, stroke: () => colour('--rate') },
      { ...axis, scale: 'score', side: 1, size: 40, space: 30, grid: { show: false }, stroke: () => colour('--score') },
    ],
    series: [
      {},
      {
        label: texts.trendHeartRate,
        scale: 'rate',
        stroke: () => colour('--rate'),
        width: 1.5,
        points: { show: false },
      },
      {
        label: texts.trendScore,
        scale: 'score',
        stroke: () => colour('--score'),
        width: 1,
        dash: [3, 2],
        points: { show: false },
      },
    ],
  }
}

function drawThreshold(plot: uPlot, threshold: number | undefined, colour: string): void {
  if (threshold === undefined) return
  const { ctx, bbox } = plot
  const y = plot.valToPos(threshold, 'score', true)
  ctx.save()
  ctx.strokeStyle = colour
  ctx.globalAlpha = 0.5
  ctx.beginPath()
  ctx.moveTo(bbox.left, y)
  ctx.lineTo(bbox.left + bbox.width, y)
  ctx.stroke()
  ctx.restore()
}

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })

function padded(min: number | null, max: number | null, atLeast: number, otherwise: number): uPlot.Range.MinMax {
  if (min === null || max === null) return [otherwise - atLeast / 2, otherwise + atLeast / 2]
  const missing = Math.max(0, atLeast - (max - min))
  return [Math.floor(min - missing / 2 - 2), Math.ceil(max + missing / 2 + 2)]
}
