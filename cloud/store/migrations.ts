import type Database from 'libsql'

/**
 * Brings a database to the newest version, one step a version, counted in `PRAGMA user_version`. Each step commits
 * with its number, so that a power cut leaves either.
 *
 * @throws where the file was written by a newer program
 */
export function migrate(db: Database.Database, steps: readonly string[], name: string): void {
  const row = db.prepare('PRAGMA user_version').get() as { user_version: number }
  if (row.user_version > steps.length) {
    throw new Error(
      `${name}: expected a database of version ${steps.length} or older, received version ${row.user_version}: ` +
        'it was written by a newer vital-edge',
    )
  }
  for (let version = row.user_version; version < steps.length; version += 1) {
    db.transaction(() => {
      db.exec(steps[version]!)
      db.exec(`PRAGMA user_version = ${version + 1}`)
    }).immediate()
  }
}
