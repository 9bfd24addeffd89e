import { useEffect, useRef, useState } from 'preact/hooks'
import type { Alarm } from '../../../edge/messages.ts'
import { texts, whom } from './texts.ts'

/** Where this browser remembers the name of whoever sits at it. */
export const nameKey = 'vital-edge-name'

/** A button that opens a small form: who acknowledges, and what there is to say. */
export function Acknowledge({ alarm, onAlarm }: { alarm: Alarm; onAlarm: (alarm: Alarm) => void }) {
  const [isOpen, setOpen] = useState(false)
  const [isSending, setSending] = useState(false)
  const [error, setError] = useState<string>()
  const [by, setBy] = useState(() => localStorage.getItem(nameKey) ?? '')
  const [comment, setComment] = useState('')
  /** The revision that was on the page when the form was opened. */
  const [seen, setSeen] = useState(alarm.revision)
  const first = useRef<HTMLInputElement>(null)
  const opener = useRef<HTMLButtonElement>(null)

  useEffect(() => {
    if (isOpen) first.current?.focus()
  }, [isOpen])

  function open() {
    setSeen(alarm.revision)
    setBy(localStorage.getItem(nameKey) ?? by)
    setOpen(true)
  }

  function close() {
    setOpen(false)
    setError(undefined)
    requestAnimationFrame(() => opener.current?.focus())
  }

  async function send() {
    localStorage.setItem(nameKey, by)
    setSending(true)
    setError(undefined)
    try {
      onAlarm(await acknowledge({ id: alarm.id, revision: seen }, by, comment))
      // Where something was announced after what was seen, the button is there again for it.
      setSending(false)
      close()
    } catch (reason) {
      setError(texts.failed(reason instanceof Error ? reason.message : String(reason)))
      setSending(false)
    }
  }

  if (!isOpen) {
    return (
      <button type="button" ref={opener} data-testid={`ack-${alarm.id}`} onClick={open}>
        {texts.acknowledge}
        <span class="only-heard">
          : {whom(alarm)}, {alarm.text}
        </span>
      </button>
    )
  }
  return (
    <form
      class="acknowledge"
      onSubmit={(event) => {
        event.preventDefault()
        void send()
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape') close()
      }}
    >
      <label>
        {texts.yourName}
        <input
          ref={first}
          required
          maxLength={100}
          value={by}
          autoComplete="name"
          data-testid={`ack-name-${alarm.id}`}
          onInput={(event) => setBy(event.currentTarget.value)}
        />
      </label>
      <label>
        {texts.comment}
        <input
          maxLength={1000}
          value={comment}
          data-testid={`ack-comment-${alarm.id}`}
          onInput={(event) => setComment(event.currentTarget.value)}
        />
      </label>
      <div class="buttons">
        <button type="submit" class="main" disabled={isSending} data-testid={`ack-submit-${alarm.id}`}>
          {isSending ? texts.acknowledging : texts.acknowledge}
        </button>
        <button type="button" onClick={close}>
          {texts.cancel}
        </button>
      </div>
      {error !== undefined && (
        <p class="error" role="alert">
          {error}
        </p>
      )}
    </form>
  )
}

async function acknowledge({ id, revision }: Pick<Alarm, 'id' | 'revision'>, by: string, comment: string) {
  const response = await fetch(`./api/alarms/${encodeURIComponent(id)}/acknowledge`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ by, revision, ...(comment.trim() === '' ? {} : { comment }) }),
  })
  const answer = (await response.json()) as { alarm?: Alarm; detail?: string }
  if (!response.ok || answer.alarm === undefined) throw new Error(answer.detail ?? String(response.status))
  return answer.alarm
}
