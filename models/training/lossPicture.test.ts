import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { lossPicture, lossPictures } from './lossPicture.ts'

/** Whether a text is well-formed XML as far as we write any: tags that close, quoted attributes, escaped text. */
function isWellFormed(xml: string): boolean {
  const open: string[] = []
  const rest = xml
    .replace(/^<\?xml version="1\.0" encoding="UTF-8"\?>/, '')
    .replaceAll(
      /<(\/?)([a-z]+)((?: [a-zA-Z-]+="[^"<&]*")*)(\/?)>/g,
      (_, closing: string, name: string, __, empty: string) => {
        if (closing !== '') return open.pop() === name ? '' : '<'
        if (empty === '') open.push(name)
        return ''
      },
    )
  return open.length === 0 && !rest.replaceAll(/&(amp|lt|gt|quot);/g, '').match(/[<&]/)
}

const losses = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 80 })

function coordinates(svg: string): number[][] {
  return [...svg.matchAll(/points="([^"]+)"/g)].flatMap(([, points]) =>
    points!.split(' ').map((point) => point.split(',').map(Number)),
  )
}

describe('lossPicture', () => {
  test('it is well-formed whatever the losses and the title, and all curves lie within the axes', () => {
    fc.assert(
      fc.property(losses, losses, fc.string(), (training, heldOut, title) => {
        const clean = title.replaceAll(/[\u0000-\u001f]/g, '')
        const svg = lossPicture({ title: clean, training, heldOut, kept: 1 })
        expect(isWellFormed(svg)).toBe(true)
        expect(coordinates(svg)).toHaveLength(training.length + heldOut.length)
        for (const [x, y] of coordinates(svg)) {
          expect(x! >= 64 && x! <= 620 && y! >= 40 && y! <= 310).toBe(true)
        }
      }),
    )
  })

  test('a lower loss lies lower, a later epoch further right, and the axes are named', () => {
    const svg = lossPicture({ title: 'dense <a> & "b"', training: [1, 0.5, 0.1], heldOut: [1.2, 0.6, 0.3] })
    const points = coordinates(svg).slice(0, 3)
    expect(points[0]![0]).toBeLessThan(points[1]![0]!)
    expect(points[0]![1]).toBeLessThan(points[1]![1]!)
    for (const text of ['epoch', 'loss', 'training', 'held out', 'dense &lt;a&gt; &amp; &quot;b&quot;']) {
      expect(svg).toContain(text)
    }
  })

  test('several lie one below the other, each as it is alone', () => {
    const curves = ['a', 'b', 'c'].map((title, n) => ({ title, training: [3 - n, 1], heldOut: [4, 2 - n / 2] }))
    const svg = lossPictures(curves)
    expect(isWellFormed(svg)).toBe(true)
    expect(svg).toContain('viewBox="0 0 640 1080"')
    expect([...svg.matchAll(/<svg y="(\d+)"/g)].map(([, y]) => y)).toEqual(['0', '360', '720'])
    expect(coordinates(svg)).toEqual(curves.flatMap((each) => coordinates(lossPicture(each))))
  })

  test('nothing to draw is refused', () => {
    expect(() => lossPicture({ title: '', training: [] })).toThrow('expected at least one epoch')
    expect(() => lossPicture({ title: '', training: [NaN] })).toThrow('received NaN')
  })
})
