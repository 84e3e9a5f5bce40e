import { format, resolveConfig } from 'prettier'
import { parse } from 'yaml'
import { z } from 'zod'

const actionSchema = z.object({
  inputs: z.record(z.string(), z.object({ description: z.string(), default: z.string().optional() })),
  outputs: z.record(z.string(), z.object({ description: z.string() })),
})

/** README.md with the tables of action.yml's inputs and outputs between their markers, as prettier formats it. */
export async function readmeWithTables(readme: string, actionYml: string): Promise<string> {
  const { inputs, outputs } = actionSchema.parse(parse(actionYml))
  const inputRows = Object.entries(inputs).map(([name, one]) => {
    const [text, fallback] = withoutDefault(one.description)
    return [`\`${name}\``, text, one.default === undefined ? fallback : `\`${one.default}\``]
  })
  const outputRows = Object.entries(outputs).map(([name, { description }]) => [`\`${name}\``, description])
  const text = between(readme, 'inputs', table(['input', 'what it is', 'default'], inputRows))
  const options = { ...(await resolveConfig('README.md')), filepath: 'README.md' }
  return format(between(text, 'outputs', table(['output', 'what it is'], outputRows)), options)
}

/** Defaults are a sentence of the description, since one in action.yml would hide what the configuration file says. */
function withoutDefault(description: string): [text: string, fallback: string] {
  const [sentence = '', fallback = ''] = / Default: (.+?)\.(?= )/.exec(description) ?? []
  return [description.replace(sentence, ''), fallback]
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  // A pipe ends a cell and `<name>` would be HTML.
  const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '\\<')
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

function between(text: string, name: string, content: string): string {
  const [start, end] = [`<!-- ${name} of action.yml: npx tsx scripts/write-readme.ts -->`, `<!-- end of ${name} -->`]
  const [from, to] = [text.indexOf(start), text.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`README.md lacks the markers of ${name}`)
  return `${text.slice(0, from + start.length)}\n\n${content}\n\n${text.slice(to)}`
}
