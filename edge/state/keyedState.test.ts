import { describe, expect, it } from 'vitest'
import { KeyedState, plainState } from './keyedState.ts'

const counts = () => new KeyedState(plainState<{ n: number }>('counts', 1, () => ({ n: 0 })))

describe('the row of one key', () => {
  it('is the state as it stands, taken or not, and leaves it to be taken', () => {
    const states = counts()
    expect(states.rowOf('a')).toBeUndefined()
    expect(states.isTaken('a')).toBe(true)
    states.of('a').n = 1
    expect(states.isTaken('a')).toBe(false)
    expect(states.rowOf('a')).toEqual({ part: 'counts', key: 'a', version: 1, json: '{"n":1}' })
    const [taken] = states.takeChanged()
    expect(states.isTaken('a')).toBe(true)
    expect(states.rowOf('a')).toBe(taken)
    states.of('a').n = 2
    expect(states.rowOf('a')?.json).toBe('{"n":2}')
    expect(states.takeChanged()).toHaveLength(1)
  })

  it('is never an older one after restoring', () => {
    const states = counts()
    states.of('a').n = 1
    const rows = states.takeChanged()
    states.restore(rows.map((row) => ({ ...row, json: '{"n":7}' })))
    expect(states.rowOf('a')?.json).toBe('{"n":7}')
  })
})
