import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { backends, type PeerName } from './backends.ts'
import type { Subject } from './networks.ts'

export type Request =
  | {
      kind: 'load'
      graph: Subject['graph']
      weights: Float32Array
      inputs: Float32Array
      warmUpMillis: number
      passMillis: number
    }
  | { kind: 'run' }

export type Answer =
  | { kind: 'ready' }
  | { kind: 'absent'; reason: string }
  /** `runs`: predictions that `run` makes each time. */
  | { kind: 'loaded'; outputs: Float32Array; runs: number }
  | { kind: 'ran' }

const program = fileURLToPath(new URL('./peerProcess.js', import.meta.url))

/**
 * A backend of TensorFlow.js in a process of its own, as a program would use it: several in one share code that V8 can then no
 * longer optimise for any of them (measured: 3 to 5 times as slow).
 */
export class Peer {
  readonly name: string
  /** Why it does not run here. */
  readonly absent: string | undefined
  private readonly child: ChildProcess

  private constructor(name: string, child: ChildProcess, absent: string | undefined) {
    this.name = name
    this.child = child
    this.absent = absent
  }

  static async start(name: PeerName): Promise<Peer> {
    const child = fork(program, [name], { serialization: 'advanced', stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    const answer = await nextAnswer(name, child)
    return new Peer(name, child, answer.kind === 'absent' ? answer.reason : undefined)
  }

  async ask(request: Request): Promise<Answer> {
    this.child.send(request)
    return nextAnswer(this.name, this.child)
  }

  stop(): void {
    if (this.child.connected) this.child.disconnect()
  }
}

export function startPeers(): Promise<Peer[]> {
  return Promise.all((Object.keys(backends) as PeerName[]).map((name) => Peer.start(name)))
}

async function nextAnswer(name: string, child: ChildProcess): Promise<Answer> {
  const waiting = new AbortController()
  const { signal } = waiting
  try {
    return await Promise.race([
      once(child, 'message', { signal }).then(([answer]) => answer as Answer),
      once(child, 'exit', { signal }).then(([code]) => {
        throw new Error(`${name}: expected an answer, received its end with code ${code}`)
      }),
    ])
  } finally {
    waiting.abort()
  }
}
