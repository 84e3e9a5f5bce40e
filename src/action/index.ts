import { runMain } from './main.js'
import { runPost } from './post.js'
import { runProfile } from './profile.js'
import { runReport } from './report/step.js'

const STEPS: ReadonlyMap<string | undefined, () => Promise<void>> = new Map([
  ['post', runPost],
  ['profile', runProfile],
  ['report', runReport],
])

/** The one bundle of all actions. The files beside it, which `scripts/bundle.ts` writes, start it with the word of a step. */
await (STEPS.get(process.argv[2]) ?? runMain)()
