export interface LossCurves {
  title: string
  /** Mean over each epoch's batches. */
  training: readonly number[]
  /** After each epoch, of what is not learnt from. */
  heldOut?: readonly number[]
  /** Epochs after which the weights were kept; marked. */
  kept?: number
}

const width = 640
const height = 360
const plot = { left: 64, right: 620, top: 40, bottom: 310 } as const
/** Told apart by the colour-blind (Okabe and Ito), and by the stroke. */
const strokes = {
  training: { stroke: '#0072B2', dash: '' },
  'held out': { stroke: '#D55E00', dash: ' stroke-dasharray="6 3"' },
}
const text = 'font-family="sans-serif" font-size="12" fill="#333"'

/**
 * Losses over the epochs as an SVG picture, on a logarithmic axis.
 * @throws RangeError where a loss is not a finite number of at least 0, or there is none.
 */
export function lossPicture(curves: LossCurves): string {
  return lossPictures([curves])
}

/** As `lossPicture`, one below the other, each with axes of its own. */
export function lossPictures(all: readonly LossCurves[]): string {
  const parts = all.map(panel)
  const inner = (part: readonly string[], n: number) => [
    `<svg y="${n * height}" width="${width}" height="${height}">`,
    ...part,
    '</svg>',
  ]
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${all.length * height}" role="img">`,
    ...(parts.length === 1 ? parts[0]! : parts.flatMap(inner)),
    '</svg>',
    '',
  ].join('\n')
}

function panel({ title, training, heldOut = [], kept }: LossCurves): string[] {
  const all = [...training, ...heldOut]
  const broken = all.find((loss) => !Number.isFinite(loss) || loss < 0)
  if (broken !== undefined) throw new RangeError(`losses: expected finite numbers of at least 0, received ${broken}`)
  if (training.length === 0) throw new RangeError('losses: expected at least one epoch, received none')
  const positive = all.filter((loss) => loss > 0)
  const least = positive.length > 0 ? Math.min(...positive) : 1
  const [low, high] = widened(Math.log10(least), Math.log10(Math.max(...all, least)))
  const epochs = Math.max(training.length, heldOut.length)
  const x = (epoch: number) => plot.left + ((plot.right - plot.left) * (epoch - 1)) / Math.max(1, epochs - 1)
  const y = (loss: number) =>
    plot.bottom - ((plot.bottom - plot.top) * (Math.log10(Math.max(loss, least)) - low)) / (high - low)
  const curve = (losses: readonly number[], { stroke, dash }: { stroke: string; dash: string }) => {
    const points = losses.map((loss, e) => `${x(e + 1).toFixed(1)},${y(loss).toFixed(1)}`).join(' ')
    return `<polyline points="${points}" fill="none" stroke="${stroke}" stroke-width="2"${dash}/>`
  }
  const named = (name: keyof typeof strokes, row: number) => {
    const { stroke, dash } = strokes[name]
    const at = plot.top + 8 + 18 * row
    return (
      `<path d="M${plot.right - 120} ${at}h28" stroke="${stroke}" stroke-width="2"${dash}/>` +
      `<text x="${plot.right - 84}" y="${at + 4}" ${text}>${name}</text>`
    )
  }
  return [
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="${plot.left}" y="24" ${text} font-weight="bold">${escaped(title)}</text>`,
    `<path d="M${plot.left} ${plot.top}V${plot.bottom}H${plot.right}" fill="none" stroke="#333"/>`,
    ...lossTicks(low, high).map(
      (loss) =>
        `<path d="M${plot.left} ${y(loss).toFixed(1)}H${plot.right}" stroke="#ddd"/>` +
        `<text x="${plot.left - 6}" y="${(y(loss) + 4).toFixed(1)}" text-anchor="end" ${text}>${label(loss)}</text>`,
    ),
    ...epochTicks(epochs).map(
      (epoch) =>
        `<path d="M${x(epoch).toFixed(1)} ${plot.bottom}v5" stroke="#333"/>` +
        `<text x="${x(epoch).toFixed(1)}" y="${plot.bottom + 18}" text-anchor="middle" ${text}>${epoch}</text>`,
    ),
    `<text x="${(plot.left + plot.right) / 2}" y="${height - 10}" text-anchor="middle" ${text}>epoch</text>`,
    `<text transform="translate(14 ${(plot.top + plot.bottom) / 2}) rotate(-90)" text-anchor="middle" ${text}>` +
      'loss (weighted squared error, scaled units)</text>',
    curve(training, strokes.training),
    named('training', 0),
    ...(heldOut.length > 0 ? [curve(heldOut, strokes['held out']), named('held out', 1)] : []),
    ...(kept === undefined ? [] : [keptMark(x(kept), kept)]),
  ]
}

function keptMark(x: number, epoch: number): string {
  const at = x.toFixed(1)
  return `<path d="M${at} ${plot.top}V${plot.bottom}" stroke="#333" stroke-dasharray="2 4"><title>kept: epoch ${epoch}</title></path>`
}

/** A flat curve lies in the middle of a decade. */
function widened(low: number, high: number): [number, number] {
  return high - low < 0.1 ? [low - 0.5, high + 0.5] : [low - 0.03 * (high - low), high + 0.03 * (high - low)]
}

/** 1, 2 and 5 of each decade; of wide ranges the decades alone. */
function lossTicks(low: number, high: number): number[] {
  const mantissas = high - low > 2 ? [1] : [1, 2, 5]
  const ticks: number[] = []
  for (let power = Math.floor(low); power <= high; power++) {
    for (const mantissa of mantissas) {
      const at = Math.log10(mantissa) + power
      if (at >= low && at <= high) ticks.push(mantissa * 10 ** power)
    }
  }
  return ticks
}

function epochTicks(epochs: number): number[] {
  const step = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].find((candidate) => epochs / candidate <= 12) ?? epochs
  const ticks = [1]
  for (let epoch = step; epoch <= epochs; epoch += step) if (epoch > 1) ticks.push(epoch)
  return ticks
}

function label(loss: number): string {
  return String(Number(loss.toPrecision(1)))
}

function escaped(plain: string): string {
  return plain.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
