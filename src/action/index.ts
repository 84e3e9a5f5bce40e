import * as core from '@actions/core'

import { runMain } from './main.js'
import { runPost } from './post.js'

/** The one entry of the action: the runner starts it once as `main` and, always, once more as `post`. */
const isPost = core.getState('started') === 'true'
core.saveState('started', 'true')

await (isPost ? runPost() : runMain())
