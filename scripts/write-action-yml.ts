/** Writes the inputs of action.yml from the options they are read with; a test keeps the two equal. */
import { readFile, writeFile } from 'node:fs/promises'

import { stringify } from 'yaml'

import { ACTION_INPUTS } from '../src/action/inputs.js'
import { describeOption } from '../src/core/option-reader.js'

const file = 'action.yml'
const text = await readFile(file, 'utf8')
const [from, to] = [text.indexOf('inputs:\n'), text.indexOf('outputs:\n')]
if (from < 0 || to < from) throw new Error(`${file} has no inputs before its outputs`)
const inputs = Object.fromEntries(
  ACTION_INPUTS.map((one) => [
    one.name,
    {
      description: describeOption(one),
      required: false,
      // A default would hide what the configuration file says; what may not stand there has none to hide.
      ...(one.name === 'github-token' ? { default: one.default } : {}),
    },
  ]),
)
const options = { lineWidth: 0, defaultStringType: 'QUOTE_SINGLE', defaultKeyType: 'PLAIN' } as const
await writeFile(file, `${text.slice(0, from)}${stringify({ inputs }, options)}\n${text.slice(to)}`)
