import { identifier } from '../messages.ts'

/**
 * A topic filter that names a device: matches topics as MQTT does, and puts what the wildcards matched in place of `{1}`,
 * `{2}` … in `device`. The colons of a Bluetooth address become dashes, as an id has none.
 *
 * @returns a function from topic to device id; undefined where the topic does not match; an error where what comes out is not an id
 */
export function topicPattern(pattern: string, device: string): (topic: string) => string | Error | undefined {
  const levels = pattern.split('/')
  return (topic) => {
    const parts = topic.split('/')
    const matched: string[] = []
    for (const [index, level] of levels.entries()) {
      if (level === '#') {
        matched.push(parts.slice(index).join('/'))
        break
      }
      const part = parts[index]
      if (part === undefined || (level !== '+' && level !== part)) return undefined
      if (level === '+') matched.push(part)
    }
    if (levels.at(-1) !== '#' && parts.length !== levels.length) return undefined
    const id = device.replace(/\{(\d+)\}/g, (_, number: string) =>
      (matched[Number(number) - 1] ?? '').replaceAll(':', '-'),
    )
    const checked = identifier.safeParse(id)
    return checked.success
      ? id
      : new Error(
          `device id: expected 1 to 64 letters, digits, ".", "_", "-", received ${JSON.stringify(id).slice(0, 80)}`,
        )
  }
}

/** Whether MQTT takes it as a filter: wildcards alone in their level, "#" in the last. */
export function isTopicFilter(pattern: string): boolean {
  const levels = pattern.split('/')
  return levels.every(
    (level, index) => !/[+#]/.test(level) || level === '+' || (level === '#' && index === levels.length - 1),
  )
}
