/** A bundle that must not run; says which field, what was expected there and what came. */
export class BundleError extends Error {
  readonly field: string

  constructor(directory: string, field: string, expected: string | number, received: unknown) {
    super(`bundle ${directory}: ${field}: expected ${expected}, received ${String(received)}`)
    this.name = 'BundleError'
    this.field = field
  }
}
