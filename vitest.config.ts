import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/integration/**'],
    globalSetup: ['test/support/build-from-source.ts'],
    testTimeout: 30_000,
    // The machines that run this have few cores, and several tests start native processes.
    maxWorkers: 2,
  },
})
