import { describe, expect, test } from 'vitest'

import { type CommentRequest, postComment, type PostedComment } from '../../../src/action/comment/post.js'
import { commentMarker, sectionsOf } from '../../../src/core/report/comment-body.js'
import type { CommentSection } from '../../../src/core/report/comment-section.js'
import type { Fault } from '../../support/github-server.js'
import {
  FAULTS,
  HEAD_SHA,
  PULL,
  type PullRequestServer,
  startPullRequestServer,
} from '../../support/pull-request-server.js'

const RED = sectionNamed('detector', { verdict: 'slower', failed: true, markdown: '### ❌ detector got slower' })
const GREEN = sectionNamed('detector', { markdown: '### ✅ detector is as fast as before' })

describe('a pull request without a comment of ours', () => {
  test('gets one', async () => {
    await using server = await startPullRequestServer()
    const posted = await post(server, { sections: [RED] })
    expect(bodies(server)).toEqual([expect.stringContaining('detector got slower')])
    expect(posted).toEqual({
      url: `https://github.com/octo/demo/pull/5#issuecomment-${server.state.comments[0]?.id ?? 0}`,
    })
  })

  test.each<[CommentRequest['mode'], CommentSection]>([
    ['never', RED],
    ['on-change', GREEN],
    ['on-regression', sectionNamed('detector', { verdict: 'faster' })],
  ])('gets none with %s when there is nothing of that kind to say', async (mode, section) => {
    await using server = await startPullRequestServer()
    expect(await post(server, { mode, sections: [section] })).toHaveProperty('skipped')
    expect(bodies(server)).toEqual([])
  })

  test('gets one with always whatever there is to say', async () => {
    await using server = await startPullRequestServer()
    expect(await post(server, { mode: 'always', sections: [GREEN] })).toHaveProperty('url')
  })
})

describe('a comment of ours', () => {
  test('turns green in place after it was red, also when only regressions are wanted', async () => {
    await using server = await startPullRequestServer()
    const first = await post(server, { mode: 'on-regression', sections: [RED] })
    const second = await post(server, { mode: 'on-regression', sections: [GREEN] })
    expect(second).toEqual(first)
    expect(bodies(server)).toEqual([expect.stringContaining('as fast as before')])
    expect(bodies(server)[0]).not.toContain('slower')
  })

  test('is not written again when it says what it should', async () => {
    await using server = await startPullRequestServer()
    const first = await post(server, { sections: [RED] })
    server.requests.length = 0
    expect(await post(server, { sections: [RED] })).toEqual(first)
    expect(writes(server)).toEqual([])
  })

  test('is found among 250 others, of which one of a stranger has our marker', async () => {
    await using server = await startPullRequestServer()
    const stranger = `${commentMarker('navpkg')}\n\nhands off`
    talk(server, 120)
    server.state.comment(5, stranger, 'stranger')
    await post(server, { sections: [RED] })
    talk(server, 130)
    await post(server, { sections: [GREEN] })
    expect(server.state.comments).toHaveLength(252)
    expect(server.state.comments[120]?.body).toBe(stranger)
    expect(server.state.comments[121]?.body).toContain('as fast as before')
    expect(writes(server)).toEqual([
      'POST /repos/octo/demo/issues/5/comments',
      `PATCH /repos/octo/demo/issues/comments/${server.state.comments[121]?.id ?? 0}`,
    ])
  })

  test('is one for each key', async () => {
    await using server = await startPullRequestServer()
    await post(server, { sections: [RED] })
    await post(server, { sections: [GREEN], commentKey: 'navpkg-2', mode: 'always' })
    await post(server, { sections: [GREEN] })
    expect(bodies(server)).toHaveLength(2)
    for (const body of bodies(server)) expect(body).toContain('as fast as before')
  })

  test('that somebody deleted between looking and writing is made again', async () => {
    await using server = await startPullRequestServer()
    await post(server, { sections: [RED] })
    server.before = (asked) => {
      if (asked.startsWith('PATCH')) server.state.comments.length = 0
    }
    expect(await post(server, { sections: [GREEN], mode: 'always' })).toHaveProperty('url')
    expect(bodies(server)).toEqual([expect.stringContaining('as fast as before')])
  })
})

describe('a newer commit', () => {
  test('keeps what it has: the report of an older one is not posted', async () => {
    await using server = await startPullRequestServer()
    server.state.pullRequest({ ...PULL, headSha: 'c'.repeat(40) })
    const posted = await post(server, { sections: [RED] })
    expect(posted).toEqual({
      skipped: expect.stringContaining('has moved on to ccccccc, so the report of bbbbbbb') as string,
    })
    expect(writes(server)).toEqual([])
  })

  test('that comes while GitHub fails keeps it as well', async () => {
    await using server = await startPullRequestServer()
    server.fail(/^POST .*comments/, { status: 500 }, 1)
    const posted = await post(server, { sections: [RED] }, () => {
      server.state.pullRequest({ ...PULL, headSha: 'c'.repeat(40) })
    })
    expect(posted).toHaveProperty('skipped')
    expect(bodies(server)).toEqual([])
  })
})

describe('two jobs at the same moment', () => {
  const classifier = sectionNamed('classifier', { verdict: 'faster' })

  test('that both find no comment end with one, with what both have to say', async () => {
    await using server = await startPullRequestServer()
    holdFirstTwo(server, /^POST \/repos/)
    await Promise.all([post(server, { sections: [RED] }), post(server, { sections: [classifier] })])
    expect(server.state.comments).toHaveLength(1)
    expect(sectionNames(server)).toEqual(['classifier', 'detector'])
  })

  test('that both write one comment lose nothing', async () => {
    await using server = await startPullRequestServer()
    await post(server, { sections: [sectionNamed('older', { verdict: 'faster' })] })
    holdFirstTwo(server, /^PATCH/)
    await Promise.all([post(server, { sections: [RED] }), post(server, { sections: [classifier] })])
    expect(server.state.comments).toHaveLength(1)
    expect(sectionNames(server)).toEqual(['classifier', 'detector', 'older'])
  })

  test('are four as well', async () => {
    await using server = await startPullRequestServer()
    const names = ['a', 'b', 'c', 'd']
    await Promise.all(names.map((name) => post(server, { sections: [sectionNamed(name, { failed: true })] })))
    expect(server.state.comments).toHaveLength(1)
    expect(sectionNames(server)).toEqual(names)
  })
})

describe('a creation without an answer', () => {
  test.each<[string, Fault]>([
    ['is done', 'lost'],
    ['is cut', 'cut'],
    ['hangs', 'hang'],
    ['fails at GitHub', { status: 502 }],
  ])('that %s leaves one comment', async (_, fault) => {
    await using server = await startPullRequestServer()
    server.fail(/^POST .*comments/, fault, 1)
    expect(await post(server, { sections: [RED] })).toHaveProperty('url')
    expect(bodies(server)).toEqual([expect.stringContaining('detector got slower')])
  })

  test('is given up when it never has one', async () => {
    await using server = await startPullRequestServer()
    server.fail(/^POST .*comments/, { status: 500 })
    expect(await post(server, { sections: [RED] })).toEqual({
      skipped: expect.stringContaining('GitHub failed') as string,
    })
  })
})

const CALLS = [
  ['the pull request', /^GET .*pulls/],
  ['the thread', /^POST \/graphql/],
  ['the creation', /^POST .*comments/],
] as const

describe.each(CALLS)('when GitHub answers for %s', (_, request) => {
  test.each(FAULTS)('always with %s, there is no comment, and the reason in words', async (_, fault) => {
    await using server = await startPullRequestServer()
    server.fail(request, fault)
    const posted = await post(server, { sections: [RED] })
    expect(posted).toEqual({ skipped: expect.stringMatching(/^The comment was not written\. .*GitHub/) as string })
    expect(bodies(server)).toEqual([])
  })
})

test.each(FAULTS)('an update that is always answered with %s leaves the comment as it was', async (_, fault) => {
  await using server = await startPullRequestServer()
  await post(server, { sections: [RED] })
  server.fail(/^PATCH/, fault)
  expect(await post(server, { sections: [GREEN] })).toHaveProperty('skipped')
  expect(bodies(server)).toEqual([expect.stringContaining('detector got slower')])
})

test('a token that may only read is told which permission it lacks', async () => {
  await using server = await startPullRequestServer()
  server.fail(/^POST .*comments/, { status: 403 }, 1)
  const posted = await post(server, { sections: [RED] })
  expect(posted).toEqual({ skipped: expect.stringContaining('pull-requests: write') as string })
})

test('what GitHub says of a thread in a form that nobody knows is a reason too', async () => {
  await using server = await startPullRequestServer()
  server.alter(/\/pulls\/5$/, () => ({ number: 5 }))
  const posted = await post(server, { sections: [RED] })
  expect(posted).toEqual({ skipped: expect.stringContaining('cannot be read') as string })
})

/** Posts to pull request 5, with next to no waiting between looks. */
function post(
  server: PullRequestServer,
  request: Partial<CommentRequest>,
  onPause: () => void = () => undefined,
): Promise<PostedComment> {
  return postComment(
    server.client,
    {
      repository: { owner: 'octo', name: 'demo' },
      pullRequest: 5,
      headSha: HEAD_SHA,
      commentKey: 'navpkg',
      mode: 'on-change',
      sections: [],
      log: server.log,
      ...request,
    },
    async (round) => {
      onPause()
      await new Promise((resolve) => setTimeout(resolve, 20 * (round + Math.random() * round)))
    },
  )
}

/** Lets the first two requests of a kind go on only when both have come. */
function holdFirstTwo(server: PullRequestServer, request: RegExp): void {
  const waiting: (() => void)[] = []
  let count = 0
  server.before = async (asked) => {
    if (!request.test(asked) || asked.endsWith('/graphql') || ++count > 2) return
    if (count === 2) for (const go of waiting) go()
    else await new Promise<void>((resolve) => waiting.push(resolve))
  }
}

function sectionNamed(name: string, change: Partial<CommentSection>): CommentSection {
  const id = JSON.stringify([name, null])
  return { id, headSha: HEAD_SHA, runId: 900, verdict: 'same', failed: false, markdown: `### ${name}`, ...change }
}

function bodies(server: PullRequestServer): string[] {
  return server.state.comments.filter(({ login }) => login.endsWith('[bot]')).map(({ body }) => body)
}

function sectionNames(server: PullRequestServer): string[] {
  return sectionsOf(server.state.comments[0]?.body ?? '').map(({ id }) => id.split('"')[1] ?? '')
}

function writes(server: PullRequestServer): string[] {
  const lines = server.requests.map(({ line }) => line)
  return lines.filter((line) => !line.startsWith('GET') && !line.endsWith('/graphql'))
}

/** Comments of people. */
function talk(server: PullRequestServer, count: number): void {
  for (let index = 0; index < count; index++) server.state.comment(5, `thought ${index}`, 'somebody')
}
