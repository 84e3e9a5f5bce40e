import { randomBytes } from 'node:crypto'
import { readdir, rm } from 'node:fs/promises'
import path from 'node:path'

import { isRunning, ownIdentity, type ProcessIdentity } from './process-identity.js'

/** A name beside `file`, for what will take its place or is only needed for a while; it says whose it is. */
export function temporaryName(file: string): string {
  const { pid, startTick, namespace } = ownIdentity()
  return `${file}.${pid}-${startTick}-${namespace}-${randomBytes(6).toString('hex')}.tmp`
}

/**
 * Removes what runs that were killed left under temporary names of `file`. What belongs to a live run stays, and so does
 * what another user left: that is for them to remove.
 */
export async function removeLeftovers(file: string): Promise<void> {
  const folder = path.dirname(file)
  for (const name of await readdir(folder).catch(() => [])) {
    const owner = ownerOf(name, path.basename(file))
    if (owner === null || isRunning(owner)) continue
    await rm(path.join(folder, name), { recursive: true, force: true }).catch(() => undefined)
  }
}

const SUFFIX = /^\.(\d+)-(\d+)-(\d+)-[0-9a-f]{12}\.tmp$/

function ownerOf(name: string, base: string): ProcessIdentity | null {
  const found = name.startsWith(base) ? SUFFIX.exec(name.slice(base.length)) : null
  return found === null ? null : { pid: Number(found[1]), startTick: Number(found[2]), namespace: Number(found[3]) }
}
