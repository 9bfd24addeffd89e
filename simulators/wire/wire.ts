/**
 * A way from a device to a gateway. Not open until `openWire` resolves; `send` must not be called again before its promise
 * has resolved, which is how a full wire holds the sender back.
 */
export interface Wire {
  /** Where the other end is to be read, where this wire has made it. */
  farEnd?: string
  /** Takes one message of this device; resolves when there is room for the next. Rejects when the wire is lost. */
  send(device: string, message: Uint8Array): Promise<void>
  /**
   * `confirmed`: resolves when everything sent has reached the other end (as far as this wire can tell). `now`: gives up
   * what is under way.
   */
  close(how: 'confirmed' | 'now'): Promise<void>
}

/** Where the frames go did not work: says where and what. */
export class WireError extends Error {
  constructor(wire: string, message: string) {
    super(`${wire}: ${message}`)
    this.name = 'WireError'
  }
}
