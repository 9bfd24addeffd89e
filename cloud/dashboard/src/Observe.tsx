import { useEffect, useRef, useState } from 'preact/hooks'
import { nameKey } from './Acknowledge.tsx'
import { texts } from './texts.ts'

/** A button that opens a small form: what only a person can see of a wearer. What is left open stays as it was. */
export function Observe({ wearer }: { wearer: string }) {
  const [stage, setStage] = useState<'closed' | 'open' | 'sending'>('closed')
  const [error, setError] = useState<string>()
  const [by, setBy] = useState(() => localStorage.getItem(nameKey) ?? '')
  const [consciousness, setConsciousness] = useState('')
  const [breathes, setBreathes] = useState('')
  const [age, setAge] = useState('')
  const first = useRef<HTMLInputElement>(null)
  const opener = useRef<HTMLButtonElement>(null)

  useEffect(() => {
    if (stage === 'open') first.current?.focus()
  }, [stage])

  function close() {
    setStage('closed')
    setError(undefined)
    // What was seen once must not be sent again by the next who opens this.
    setConsciousness('')
    setBreathes('')
    setAge('')
    requestAnimationFrame(() => opener.current?.focus())
  }

  async function send() {
    localStorage.setItem(nameKey, by)
    setStage('sending')
    setError(undefined)
    try {
      await observe(wearer, {
        by,
        ...(consciousness !== '' && { consciousness }),
        ...(breathes !== '' && { breathes }),
        ...(age !== '' && { ageYears: Number(age) }),
      })
      close()
    } catch (reason) {
      setError(texts.notNoted(reason instanceof Error ? reason.message : String(reason)))
      setStage('open')
    }
  }

  if (stage === 'closed')
    return (
      <button
        type="button"
        class="observe-open"
        ref={opener}
        data-testid={`observe-${wearer}`}
        onClick={() => setStage('open')}
      >
        {texts.observe}
        <span class="only-heard">: {wearer}</span>
      </button>
    )
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
          data-testid={`observe-name-${wearer}`}
          onInput={(event) => setBy(event.currentTarget.value)}
        />
      </label>
      <Choice
        label={texts.news2Inputs['consciousness'] ?? ''}
        options={texts.consciousness}
        onChange={setConsciousness}
      />
      <Choice label={texts.news2Inputs['breathes'] ?? ''} options={texts.breathes} onChange={setBreathes} />
      <label>
        {texts.ageYears}
        <input
          type="number"
          min={0}
          max={130}
          step={1}
          value={age}
          onInput={(event) => setAge(event.currentTarget.value)}
        />
      </label>
      <div class="buttons">
        <button
          type="submit"
          class="main"
          disabled={stage === 'sending' || (consciousness === '' && breathes === '' && age === '')}
          data-testid={`observe-submit-${wearer}`}
        >
          {stage === 'sending' ? texts.acknowledging : texts.note}
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

interface ChoiceProps {
  label: string
  options: Record<string, string>
  onChange: (value: string) => void
}

function Choice({ label, options, onChange }: ChoiceProps) {
  return (
    <label>
      {label}
      <select onChange={(event) => onChange(event.currentTarget.value)}>
        <option value="">{texts.asItWas}</option>
        {Object.entries(options).map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </label>
  )
}

async function observe(wearer: string, observation: object): Promise<void> {
  const response = await fetch(`./api/wearers/${encodeURIComponent(wearer)}/observations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(observation),
  })
  if (response.ok) return
  const answer = (await response.json()) as { detail?: string }
  throw new Error(answer.detail ?? String(response.status))
}
