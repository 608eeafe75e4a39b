import { expect, it } from 'vitest'
import { FakeClock, settled } from '../helpers/fixtures.ts'
import { Reviews, type ReviewedUser } from './reviews.ts'

const ANN: ReviewedUser = { name: 'ann', uid: '7', groups: ['dev'], extra: {} }

/** An API server that knows `good`, and lets ann read in `shop`. */
function reviewing({ maxKept = 100 } = {}) {
  const asked: { path: string; spec: Record<string, unknown> }[] = []
  const clock = new FakeClock()
  let failing = false
  const post = async ({ path }: { path: string }, object: object): Promise<unknown> => {
    const { spec } = object as { spec: Record<string, unknown> }
    asked.push({ path, spec })
    await settled()
    if (failing) throw new Error('connect ECONNREFUSED')
    if (path.endsWith('tokenreviews')) {
      if (spec['token'] !== 'good') return { status: { error: 'token has expired' } }
      const user = { username: 'ann', uid: '7', groups: ['dev'] }
      return { status: { authenticated: true, user } }
    }
    const { namespace } = spec['resourceAttributes'] as { namespace: string }
    return { status: { allowed: namespace === 'shop' } }
  }
  const reviews = new Reviews({ post }, { maxKept, clock })
  return { reviews, asked, clock, fail: (now: boolean) => void (failing = now) }
}

it('says whose token it is', async () => {
  const { reviews, asked } = reviewing()
  expect(await reviews.reviewToken('good')).toEqual({ kind: 'known', user: ANN })
  expect(await reviews.reviewToken('bad')).toEqual({
    kind: 'refused',
    message: 'token has expired',
  })
  expect(asked[0]).toEqual({
    path: 'apis/authentication.k8s.io/v1/tokenreviews',
    spec: { token: 'good' },
  })
})

it('asks nobody about no token', async () => {
  const { reviews, asked } = reviewing()
  expect(await reviews.reviewToken('')).toEqual({ kind: 'refused', message: 'no token' })
  expect(asked).toEqual([])
})

it('says what a user may do', async () => {
  const { reviews, asked } = reviewing()
  expect(await reviews.mayRead(ANN, { namespace: 'shop' })).toBe(true)
  expect(await reviews.mayRead(ANN, { namespace: 'bank' })).toBe(false)
  expect(asked[0]).toEqual({
    path: 'apis/authorization.k8s.io/v1/subjectaccessreviews',
    spec: {
      resourceAttributes: { namespace: 'shop', verb: 'get', group: '', resource: 'pods' },
      user: 'ann',
      uid: '7',
      groups: ['dev'],
      extra: {},
    },
  })
})

it('asks once for questions at the same time, and again when an answer is too old', async () => {
  const { reviews, asked, clock } = reviewing()
  await Promise.all([reviews.reviewToken('good'), reviews.reviewToken('good')])
  await clock.advance(29_999)
  await reviews.reviewToken('good')
  expect(asked).toHaveLength(1)
  await clock.advance(1)
  await reviews.reviewToken('good')
  expect(asked).toHaveLength(2)
})

it('keeps a no for a shorter time than a yes', async () => {
  const { reviews, asked, clock } = reviewing()
  await reviews.mayRead(ANN, { namespace: 'bank' })
  await reviews.reviewToken('bad')
  await clock.advance(5_000)
  await reviews.mayRead(ANN, { namespace: 'bank' })
  await reviews.reviewToken('bad')
  expect(asked).toHaveLength(4)
})

it('keeps no failure', async () => {
  const { reviews, fail } = reviewing()
  fail(true)
  await expect(reviews.reviewToken('good')).rejects.toThrow('connect ECONNREFUSED')
  fail(false)
  expect((await reviews.reviewToken('good')).kind).toBe('known')
})

it('forgets the oldest answers when there are too many', async () => {
  const { reviews, asked } = reviewing({ maxKept: 2 })
  for (const token of ['a', 'b', 'c', 'c', 'a']) await reviews.reviewToken(token)
  expect(asked.map(({ spec }) => spec['token'])).toEqual(['a', 'b', 'c', 'a'])
})
