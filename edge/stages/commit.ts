import { Observable, type OperatorFunction } from 'rxjs'
import type { Answer, Delivered, Flow, Refused } from '../flow.ts'
import type { Stored } from '../messages.ts'
import type { Journal } from '../state/journal.ts'
import type { Snapshotted, StateRow } from '../state/keyedState.ts'
import type { Destination } from '../state/outbox.ts'

export interface CommitOptions {
  journal: Pick<Journal, 'commit'>
  states: readonly Snapshotted[]
  /** The destinations that get a copy of what they want. */
  sinks: readonly Destination[]
  /** Longest time between an item and its commit, ms. */
  everyMillis: number
  /** Commit as soon as so many messages wait for their acknowledgement, unless their source says that it sends more before. */
  maxUnacknowledged: number
  onError: (error: unknown) => void
  /** A summary was given up because the disk has not taken anything for too long. */
  onDropped: () => void
}

/** A broker that sends nothing more although it said that it would waits for acknowledgements, ms. */
const quietMillis = 250
/** While the disk cannot be written so many items are kept; then the oldest summaries give way, alarms never. */
const keptItems = 50_000
const keptRefused = 1000

/**
 * The point after which nothing is lost. What the pipeline has learnt, what it wants to tell and what it refused go to
 * disk in one transaction; only then are messages acknowledged to the broker, requests answered and items passed on to be
 * announced. After a crash the state is that of the last commit and the broker sends again what came after it, so that the
 * same verdicts and alarms follow.
 */
export function commit(options: CommitOptions): OperatorFunction<Flow, Flow> {
  return (source) =>
    new Observable((subscriber) => {
      let items: (Stored & Flow)[] = []
      let delivered: Delivered[] = []
      let answers: Answer[] = []
      let refused: Refused[] = []
      let timer: NodeJS.Timeout | undefined
      let quiet: NodeJS.Timeout | undefined
      let most = Infinity
      /** State rows that a failed commit has taken already, by part and key. */
      const unwritten = new Map<string, StateRow>()
      let retrying = false
      const flush = (): void => {
        clearTimeout(timer)
        clearTimeout(quiet)
        timer = undefined
        quiet = undefined
        most = Infinity
        for (const row of options.states.flatMap((state) => state.takeChanged()))
          unwritten.set(`${row.part}/${row.key}`, row)
        try {
          options.journal.commit([...unwritten.values()], items, options.sinks, refused)
        } catch (error) {
          // Nothing is acknowledged or announced; everything is kept for the next try.
          retrying = true
          options.onError(error)
          timer = setTimeout(flush, 1000)
          return
        }
        unwritten.clear()
        retrying = false
        const done = { items, delivered, answers, refused }
        items = []
        delivered = []
        answers = []
        refused = []
        for (const { acknowledge } of done.delivered) acknowledge()
        for (const item of [...done.items, ...done.refused]) subscriber.next(item)
        for (const { respond, response } of done.answers) respond(response)
      }
      const within = (millis: number): void => {
        clearTimeout(millis === 0 ? timer : undefined)
        if (millis === 0 || timer === undefined) timer = setTimeout(flush, millis)
      }
      const subscription = source.subscribe({
        next(item) {
          switch (item.kind) {
            case 'alarm':
            case 'summary':
              items.push(item)
              if (items.length > keptItems && dropOldestSummary(items)) options.onDropped()
              break
            case 'answer':
              answers.push(item)
              break
            case 'refused':
              if (refused.length < keptRefused) refused.push(item)
              break
            case 'delivered':
              delivered.push(item)
              most = Math.min(most, item.ahead ?? options.maxUnacknowledged)
              break
            default:
              subscriber.next(item)
          }
          // An alarm or a person's request waits for nothing but the end of what came with it.
          // Only between arrivals: in the middle of one the state would be of two moments.
          if (retrying) return
          const isFull = item.kind === 'delivered' && delivered.length >= most
          if (item.kind === 'answer' || isFull) flush()
          else if (item.kind === 'alarm') within(0)
          else if (item.kind !== 'tick') within(options.everyMillis)
          if (item.kind === 'delivered' && delivered.length >= options.maxUnacknowledged)
            quiet = quiet?.refresh() ?? setTimeout(() => !retrying && flush(), quietMillis)
        },
        error: (error) => subscriber.error(error),
        complete() {
          flush()
          subscriber.complete()
        },
      })
      return () => {
        clearTimeout(timer)
        clearTimeout(quiet)
        subscription.unsubscribe()
      }
    })
}

function dropOldestSummary(items: { kind: string }[]): boolean {
  const oldest = items.findIndex(({ kind }) => kind === 'summary')
  if (oldest >= 0) items.splice(oldest, 1)
  return oldest >= 0
}
