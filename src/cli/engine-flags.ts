import { type Command, Option as Flag } from 'commander'

import type { Option } from '../core/option-reader.js'
import { logLevelFlag } from './log-level.js'
import type { CommandInput } from './run-command.js'

/** A list of choices up to this long stands in the flag's own column of the help. */
const SHORT_VALUE = 20

/** The flags that every command of the engine has besides its options. */
const OWN_FLAGS = [
  new Flag('--summary <FILE>', 'Write the job summary as markdown.'),
  new Flag('--json <FILE>', 'Write the record as JSON; - for standard output.'),
  new Flag('--runtime-dir <DIR>', 'Folder where onnxruntime-node was installed, instead of the embedded runtime.'),
]

/** Adds the flags of `options` to a command, those under each heading of `help` in its order. */
export function addEngineFlags(
  command: Command,
  options: readonly Option[],
  help: ReadonlyMap<string, readonly string[]>,
): void {
  const own = [...OWN_FLAGS, logLevelFlag(), new Flag('-h, --help', 'Show this help.')]
  const flags = new Map([...options.map(engineFlag), ...own].map((flag) => [flag.name(), flag]))
  for (const [heading, names] of help) {
    for (const flag of names.flatMap((one) => flags.get(one) ?? [])) {
      flag.helpGroup(heading)
      if (flag.name() === 'help') command.addHelpOption(flag)
      else command.addOption(flag)
    }
  }
}

/** Without a value, of which commander would take the argument after them for one. */
const SWITCHES = ['dry-run', 'resume', 'recorded']

/** A terminal has files alone for a baseline. */
function inTerminal(option: Option): Option {
  if (option.name !== 'baseline') return option
  return { ...option, value: 'FILE', description: option.description.replace(/ Default:.*/, '') }
}

function engineFlag(given: Option): Flag {
  const option = inTerminal(given)
  const choices = option.value.includes('|') && option.value.length > SHORT_VALUE
  const value = choices ? 'name' : option.value
  const fallback = option.default === null ? '' : ` (default: ${option.default})`
  const allowed = choices ? ` One of ${option.value.split('|').join(', ')}.` : ''
  const isSwitch = SWITCHES.includes(option.name)
  const flag = new Flag(
    isSwitch ? `--${option.name}` : `--${option.name} <${value}>`,
    `${option.description}${allowed}${isSwitch ? '' : fallback}`,
  )
  if (option.repeatable) flag.argParser((given: string, before: string[] | undefined) => [...(before ?? []), given])
  return flag
}

/** What was given of `options`, besides the arguments in `given`, and where else the results go. */
export function readFlags(
  given: ReadonlyMap<string, string>,
  flags: Record<string, unknown>,
  options: readonly Option[],
): CommandInput {
  const values = new Map([...given].map(([name, value]) => [name, [value]]))
  for (const { name } of options) {
    const value = flags[name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())]
    if (Array.isArray(value)) values.set(name, value.map(String))
    else if (typeof value === 'string' || typeof value === 'boolean') values.set(name, [String(value)])
  }
  const text = (name: string): string | null => (typeof flags[name] === 'string' ? flags[name] : null)
  return { values, summary: text('summary'), json: text('json'), runtimeDir: text('runtimeDir') }
}
