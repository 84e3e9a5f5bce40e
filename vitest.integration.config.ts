import { defineConfig } from 'vitest/config'

/** Tests that need more than Node: act, Python, the real Navigator. `.ci/run` installs those. */
export default defineConfig({
  test: {
    include: ['test/integration/**/*.test.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    maxWorkers: 2,
  },
})
