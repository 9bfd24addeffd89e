import type { Point } from './curves.ts'
import { escaped } from './escaped.ts'

export interface PlotLine {
  name: string
  points: readonly Point[]
}

/** Lines over one pair of axes. */
export interface Plot {
  title: string
  xLabel: string
  yLabel: string
  lines: readonly PlotLine[]
  /** Stretches of x that are marked over the whole height. */
  bands?: readonly { name: string; from: number; to: number }[]
}

const width = 740
const height = 320
const area = { left: 62, right: 470, top: 34, bottom: 272 } as const
/** Told apart by the colour-blind (Okabe and Ito), and by the stroke. */
const strokes = [
  { colour: '#0072B2', dash: '' },
  { colour: '#D55E00', dash: '6 3' },
  { colour: '#009E73', dash: '2 3' },
  { colour: '#CC79A7', dash: '8 3 2 3' },
  { colour: '#E69F00', dash: '' },
  { colour: '#56B4E9', dash: '6 3' },
  { colour: '#000000', dash: '2 3' },
  { colour: '#0072B2', dash: '1 2' },
  { colour: '#D55E00', dash: '' },
  { colour: '#009E73', dash: '8 3 2 3' },
]
const text = 'font-family="sans-serif" font-size="12" fill="#222"'

/**
 * A plot as an SVG element, with axes from the least to the highest value.
 * @throws RangeError where there is no point, or one that is not finite
 */
export function plotPicture({ title, xLabel, yLabel, lines, bands = [] }: Plot): string {
  const points = lines.flatMap((line) => line.points)
  const broken = points.find((point) => !point.every(Number.isFinite))
  if (points.length === 0 || broken !== undefined)
    throw new RangeError(
      `${title}: expected finite points, received ${broken === undefined ? 'none' : broken.join(', ')}`,
    )
  const x = scale(
    points.map(([value]) => value),
    area.left,
    area.right,
  )
  const y = scale(
    points.map(([, value]) => value),
    area.bottom,
    area.top,
  )
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="${area.left}" y="20" ${text} font-weight="bold">${escaped(title)}</text>`,
    ...bands.map(({ name, from, to }) => {
      const at = Math.max(area.left, x.at(from))
      const wide = Math.max(2, Math.min(area.right, x.at(to)) - at)
      return `<rect x="${fixed(at)}" y="${area.top}" width="${fixed(wide)}" height="${area.bottom - area.top}" fill="#F0E442" fill-opacity="0.6"><title>${escaped(name)}</title></rect>`
    }),
    ...x.ticks.map(
      (tick) =>
        `<path d="M${fixed(x.at(tick))} ${area.bottom}v5" stroke="#333"/>` +
        `<text x="${fixed(x.at(tick))}" y="${area.bottom + 18}" text-anchor="middle" ${text}>${tick}</text>`,
    ),
    ...y.ticks.map(
      (tick) =>
        `<path d="M${area.left} ${fixed(y.at(tick))}H${area.right}" stroke="#ddd"/>` +
        `<text x="${area.left - 6}" y="${fixed(y.at(tick) + 4)}" text-anchor="end" ${text}>${tick}</text>`,
    ),
    `<path d="M${area.left} ${area.top}V${area.bottom}H${area.right}" fill="none" stroke="#333"/>`,
    `<text x="${(area.left + area.right) / 2}" y="${height - 12}" text-anchor="middle" ${text}>${escaped(xLabel)}</text>`,
    `<text transform="translate(14 ${(area.top + area.bottom) / 2}) rotate(-90)" text-anchor="middle" ${text}>${escaped(yLabel)}</text>`,
    ...lines.flatMap((line, i) => lineParts(line, i, x.at, y.at)),
    '</svg>',
  ]
  return parts.join('\n')
}

function lineParts(
  { name, points }: PlotLine,
  i: number,
  x: (value: number) => number,
  y: (value: number) => number,
): string[] {
  const { colour, dash } = strokes[i % strokes.length]!
  const stroke = `stroke="${colour}" stroke-width="1.5"${dash === '' ? '' : ` stroke-dasharray="${dash}"`}`
  const at = area.top + 8 + 18 * i
  return [
    `<polyline points="${points.map(([a, b]) => `${fixed(x(a))},${fixed(y(b))}`).join(' ')}" fill="none" ${stroke}/>`,
    `<path d="M${area.right + 10} ${at}h24" ${stroke}/>`,
    `<text x="${area.right + 40}" y="${at + 4}" ${text}>${escaped(name)}</text>`,
  ]
}

const fixed = (value: number): string => value.toFixed(1)

/** From the least to the highest value, and some round numbers between them. */
function scale(values: readonly number[], from: number, to: number) {
  let [low, high] = [Infinity, -Infinity]
  for (const value of values) {
    low = Math.min(low, value)
    high = Math.max(high, value)
  }
  if (low === high) [low, high] = [low - 0.5, high + 0.5]
  const rough = (high - low) / 5
  const decade = 10 ** Math.floor(Math.log10(rough))
  const step = decade * [1, 2, 5, 10].find((factor) => factor * decade >= rough)!
  const first = Math.ceil(low / step)
  const ticks = Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) =>
    Number(((first + i) * step).toPrecision(6)),
  )
  return { ticks, at: (value: number) => from + ((to - from) * (value - low)) / (high - low) }
}
