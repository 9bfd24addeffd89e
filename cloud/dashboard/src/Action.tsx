import { useEffect, useRef, useState } from 'preact/hooks'
import { nameKey } from './Acknowledge.tsx'
import { texts } from './texts.ts'

interface Props {
  /** On the button that opens the form, and on the one that sends it. */
  label: string
  /** Whom it is about, for those who only hear the button. */
  about: string
  /** Name in tests. */
  id: string
  /** Whether a reason is asked for. */
  why: 'asked' | 'not-asked'
  /** From which one is chosen, s; none: it holds until further notice. */
  durations: readonly number[]
  send: (said: { by: string; why: string; seconds: number }) => Promise<unknown>
}

/** A button that opens a small form: who does it, for how long, and why. */
export function Action({ label, about, id, why: asks, durations, send }: Props) {
  const [stage, setStage] = useState<'closed' | 'open' | 'sending'>('closed')
  const [error, setError] = useState<string>()
  const [by, setBy] = useState(() => localStorage.getItem(nameKey) ?? '')
  const [why, setWhy] = useState('')
  const [seconds, setSeconds] = useState(durations[0] ?? 0)
  const first = useRef<HTMLInputElement>(null)
  const opener = useRef<HTMLButtonElement>(null)

  useEffect(() => {
    if (stage === 'open') first.current?.focus()
  }, [stage])

  function open() {
    // It may have been given elsewhere on the page since.
    setBy(localStorage.getItem(nameKey) ?? by)
    setStage('open')
  }

  function close() {
    setStage('closed')
    setError(undefined)
    setWhy('')
    requestAnimationFrame(() => opener.current?.focus())
  }

  async function submit() {
    localStorage.setItem(nameKey, by)
    setStage('sending')
    setError(undefined)
    try {
      await send({ by, why, seconds })
      close()
    } catch (reason) {
      setError(texts.notDone(reason instanceof Error ? reason.message : String(reason)))
      setStage('open')
    }
  }

  if (stage === 'closed')
    return (
      <button type="button" class="action-open" ref={opener} data-testid={id} onClick={open}>
        {label}
        <span class="only-heard">: {about}</span>
      </button>
    )
  return (
    <form
      class="acknowledge"
      aria-label={`${label}: ${about}`}
      onSubmit={(event) => {
        event.preventDefault()
        void submit()
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
          onInput={(event) => setBy(event.currentTarget.value)}
        />
      </label>
      {asks === 'asked' && (
        <label>
          {texts.why}
          <input required maxLength={1000} value={why} onInput={(event) => setWhy(event.currentTarget.value)} />
        </label>
      )}
      {durations.length > 1 && (
        <label>
          {texts.forHowLong}
          <select value={seconds} onChange={(event) => setSeconds(Number(event.currentTarget.value))}>
            {durations.map((each) => (
              <option key={each} value={each}>
                {texts.duration(each)}
              </option>
            ))}
          </select>
        </label>
      )}
      <div class="buttons">
        <button type="submit" class="main" disabled={stage === 'sending'}>
          {stage === 'sending' ? texts.acknowledging : label}
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
