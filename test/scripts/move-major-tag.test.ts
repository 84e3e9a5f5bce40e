import { execFileSync, spawnSync } from 'node:child_process'
import path from 'node:path'

import { expect, test } from 'vitest'

import { temporaryFolder } from '../support/run-engine.js'

const SCRIPT = path.resolve('scripts/move-major-tag.sh')

/** A clone with the releases v1.0.0, v1.1.0 on one line of history, and v1.0.1 on a branch from the first. */
function cloneWithReleases(folder: string) {
  const [origin, clone] = [path.join(folder, 'origin.git'), path.join(folder, 'clone')]
  execFileSync('git', ['init', '-q', '--bare', origin])
  execFileSync('git', ['clone', '-q', origin, clone], { stdio: 'ignore' })
  const git = (...args: string[]): string =>
    execFileSync('git', ['-C', clone, '-c', 'user.name=t', '-c', 'user.email=t@example.invalid', ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  const release = (tag: string): void => {
    git('commit', '-q', '--allow-empty', '-m', tag)
    git('tag', '-a', '-m', tag, tag)
  }
  release('v1.0.0')
  release('v1.1.0')
  git('checkout', '-q', 'v1.0.0')
  release('v1.0.1')
  git('push', '-q', 'origin', '--tags')
  return {
    commitOf: (tag: string) => git('rev-parse', `${tag}^{commit}`),
    major: () => git('ls-remote', 'origin', 'refs/tags/v1').split('\t')[0],
    move: (tag: string) => spawnSync('bash', [SCRIPT, tag], { cwd: clone, encoding: 'utf8' }),
  }
}

test('makes the major tag, moves it forward, and never back or to another line of history', async () => {
  await using folder = await temporaryFolder()
  const { commitOf, major, move } = cloneWithReleases(folder.path)
  expect(move('v1.0.0').status).toBe(0)
  expect(major()).toBe(commitOf('v1.0.0'))
  expect(move('v1.1.0').status).toBe(0)
  expect(major()).toBe(commitOf('v1.1.0'))
  for (const older of ['v1.0.0', 'v1.0.1']) {
    const { status, stderr } = move(older)
    expect(status).toBe(1)
    expect(stderr).toContain(`${older} does not contain it`)
  }
  expect(major()).toBe(commitOf('v1.1.0'))
})

test.each(['v1', 'v1.2.3-rc.1', 'main', 'v1.9.9'])('refuses %s, which is no release', async (tag) => {
  await using folder = await temporaryFolder()
  const { major, move } = cloneWithReleases(folder.path)
  expect(move(tag).status).not.toBe(0)
  expect(major()).toBe('')
})
