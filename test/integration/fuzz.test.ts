import { expect, test } from 'vitest'

import { runCampaign } from '../fuzz/campaign.js'
import { LANES } from '../fuzz/cases.js'

test('mutated packages, arrays, status files and models load or are refused with a code, and do no harm', async () => {
  const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 1_000_000)
  console.log(`FUZZ_SEED=${seed}`)
  const result = await runCampaign(LANES.map((lane) => ({ lane, seed, from: 0, to: lane === 'models' ? 500 : 1000 })))
  expect(result.failures).toEqual([])
  const count = [...result.ends.values()].reduce((sum, one) => sum + one, 0)
  expect(count).toBe(2500)
  // The mutations are neither so harmless nor so harmful that one kind of end is all there is.
  for (const kind of ['package', 'npy', 'npz', 'status', 'model']) {
    const loads = result.ends.get(`${kind} loads`) ?? 0
    const all = [...result.ends].reduce((sum, [end, many]) => sum + (end.startsWith(`${kind} `) ? many : 0), 0)
    expect([kind, loads > all * 0.05, loads < all * 0.8]).toEqual([kind, true, true])
  }
})
