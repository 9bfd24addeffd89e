import { describe, expect, it } from 'vitest'
import { isTopicFilter, topicPattern } from './topicPattern.ts'

describe('topic pattern', () => {
  it.each([
    ['wearables/+/frame', '{1}', 'wearables/chest-01/frame', 'chest-01'],
    ['ble/+/+/2a37', '{2}-{1}', 'ble/ward/07/2a37', '07-ward'],
    ['fixed/topic', 'strap', 'fixed/topic', 'strap'],
    ['one/#', 'dev-{1}', 'one/a', 'dev-a'],
    ['ble/+/2a37', '{1}', 'ble/A4:C1:38:00:7F:1B/2a37', 'A4-C1-38-00-7F-1B'],
  ])('%s with device %s reads %s as %s', (pattern, device, topic, id) => {
    expect(topicPattern(pattern, device)(topic)).toBe(id)
  })

  it.each(['wearables/a/b/frame', 'wearables/a', 'other/a/frame', 'wearables'])('does not match %s', (topic) => {
    expect(topicPattern('wearables/+/frame', '{1}')(topic)).toBeUndefined()
  })

  it.each([
    ['a/+/b', true],
    ['a/#', true],
    ['#', true],
    ['a/#/b', false],
    ['wear+/x', false],
    ['a/b#', false],
  ])('%s is a topic filter: %s', (pattern, is) => {
    expect(isTopicFilter(pattern)).toBe(is)
  })

  it('gives an error that names what came where no device id comes out', () => {
    const id = topicPattern('wearables/+/frame', '{1}')('wearables/ä b/frame')
    expect(String(id)).toContain('received "ä b"')
  })
})
