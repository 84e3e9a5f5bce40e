import { runMain } from './main.js'
import { runPost } from './post.js'

/** The one bundle of the action. `post.js` beside it, which `scripts/bundle.ts` writes, starts it with the word `post`. */
await (process.argv[2] === 'post' ? runPost() : runMain())
