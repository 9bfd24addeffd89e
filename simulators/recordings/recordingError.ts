/**
 * A recording that cannot be read as it claims to be: names the file, the field, what was expected there and what came.
 * The recording is refused as a whole; half a recording would be scored as if it were the truth.
 */
export class RecordingError extends Error {
  readonly file: string
  readonly field: string

  constructor(file: string, field: string, expected: string, received: string) {
    super(`${file}: ${field}: expected ${expected}, received ${received}`)
    this.name = 'RecordingError'
    this.file = file
    this.field = field
  }
}
