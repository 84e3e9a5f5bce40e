import { execFile } from 'node:child_process'
import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'

import { expect, test } from 'vitest'

import { goodModels } from '../models/make-models.js'
import { writeModel } from '../models/write-model.js'
import { run } from '../support/navpkg.js'
import { temporaryFolder } from '../support/run-engine.js'

/** Root may read and write everything, so as root the command is run as nobody. */
const AS_NOBODY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']

test('files and folders that this user may not read or write are named, all at once', async (context) => {
  await using folder = await temporaryFolder()
  const at = (...names: string[]): string => path.join(folder.path, ...names)
  await chmod(folder.path, 0o755)
  // Copied, since the checkout may lie where nobody may look.
  await mkdir(at('cli'))
  await copyFile('dist/cli/index.js', at('cli', 'index.js'))
  await writeFile(at('package.json'), '{ "type": "module" }')
  await chmod(writeModel(goodModels.mlp(), folder.path), 0o000)
  await mkdir(at('closed'), { mode: 0o700 })
  await writeFile(at('closed', 's.npz'), '')
  await mkdir(at('read-only'), { mode: 0o555 })
  const isRoot = process.getuid?.() === 0
  if (isRoot) {
    const start = promisify(execFile)('setpriv', [
      ...AS_NOBODY.slice(1),
      process.execPath,
      at('cli', 'index.js'),
      '--help',
    ])
    const why = await start.then(
      () => null,
      (error: unknown) => String(error),
    )
    if (why !== null) context.skip(`nobody cannot run Node here: ${why}`)
  } else await chmod(at('closed'), 0o000)
  const navpkg = [process.execPath, at('cli', 'index.js'), 'optimize', at('model.onnx')]
  const given = [
    '--samples',
    at('closed', 's.npz'),
    '--output',
    at('read-only', 'x.nav'),
    '--json',
    at('closed', 'r.json'),
  ]
  const [command = '', ...rest] = [...(isRoot ? AS_NOBODY : []), ...navpkg, ...given]
  const { code, stderr } = await run(command, rest)
  if (!isRoot) await chmod(at('closed'), 0o700)
  expect({ code, lines: stderr.replaceAll(folder.path, 'DIR').trimEnd().split('\n') }).toEqual({
    code: 2,
    lines: [
      'Error: 4 options cannot be used.',
      '  model: "DIR/model.onnx" may not be read by this user',
      '  --samples: "DIR/closed/s.npz" may not be read by this user',
      '  --output: "DIR/read-only/x.nav" cannot be written: DIR/read-only may not be written by this user; name a file in a folder you may write to',
      '  --json: "DIR/closed/r.json" cannot be written: DIR/closed may not be written by this user; name a file in a folder you may write to',
    ],
  })
})
