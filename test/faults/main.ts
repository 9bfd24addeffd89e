import { faults } from './faults.ts'

process.exitCode = await faults(
  process.argv.slice(2),
  (text) => process.stdout.write(text),
  (text) => process.stderr.write(text),
)
