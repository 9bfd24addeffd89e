import { bench } from './bench.ts'

process.exitCode = await bench(
  process.argv.slice(2),
  (text) => process.stdout.write(text),
  (text) => process.stderr.write(text),
)
