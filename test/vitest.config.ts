import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['{edge,cloud,firmware-bridge,models,simulators,test}/**/*.test.ts'],
    // Several tests start brokers, databases and browsers: two cores serve two files at a time.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    reporters: process.env['CI'] ? ['default', ['json', { outputFile: 'test/results/vitest.json' }]] : ['default'],
  },
})
