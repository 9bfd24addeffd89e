import { defineConfig } from 'vitest/config'

/** What must not share the processor: a line at 921,600 baud soon fills what a kernel holds for it. */
const alone = ['test/serialPort.test.ts']

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    reporters: process.env['CI'] ? ['default', ['json', { outputFile: 'test/results/vitest.json' }]] : ['default'],
    projects: [
      {
        extends: true,
        test: {
          name: 'side by side',
          include: ['{edge,cloud,firmware-bridge,models,simulators,test}/**/*.test.ts'],
          exclude: ['**/node_modules/**', ...alone],
          // Several tests start brokers, databases and browsers: two cores serve two files at a time.
          maxWorkers: 2,
          testTimeout: 30_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'alone',
          include: alone,
          maxWorkers: 1,
          testTimeout: 30_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
