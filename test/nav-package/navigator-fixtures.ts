import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

import { type NavigatorAnswer, navigatorAnswerSchema } from './navigator-answer.js'

/** A package that the real Navigator wrote, and how it reads it. */
export interface NavigatorFixture {
  readonly name: string
  readonly file: string
  readonly expected: NavigatorAnswer
}

const FOLDER = path.resolve('test/fixtures/navigator')

/** Every package of `test/fixtures/navigator`. */
export const navigatorFixtures: readonly NavigatorFixture[] = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.nav'))
  .map((name) => {
    const file = path.join(FOLDER, name)
    const expected: unknown = JSON.parse(readFileSync(file.replace(/nav$/, 'expected.json'), 'utf8'))
    return { name: path.basename(name, '.nav'), file, expected: navigatorAnswerSchema.parse(expected) }
  })
