import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { lifecycleTest } from '../../src/component/lifecycle_test.ts'
import { errorsIn } from '../../src/helpers/config_errors_for_tests.ts'
import { FakeClock, settingsOf } from '../../src/helpers/fixtures.ts'
import { cleansUp } from '../../test/kit/fixtures.ts'
import { tempDir } from '../../test/kit/temp_dir.ts'
import { bearerTokenAuthConfig } from './config.ts'
import { BearerTokenAuthExtension } from './extension.ts'
import { bearerTokenAuth } from './index.ts'

cleansUp()
lifecycleTest(bearerTokenAuth, { token: 'sesame' })

function make(options: object) {
  const { settings, logged } = settingsOf('bearer_token_auth')
  const clock = new FakeClock()
  const config = bearerTokenAuthConfig.parse(options)
  return { auth: new BearerTokenAuthExtension(settings, config, clock), clock, logged }
}

describe('a client', () => {
  it.each([
    [{ token: 'sesame' }, { authorization: 'Bearer sesame' }],
    [{ tokens: ['sesame', 'other'] }, { authorization: 'Bearer sesame' }],
    [{ token: 'sesame', scheme: '' }, { authorization: 'sesame' }],
    [{ token: 'sesame', header: 'X-Api-Key', scheme: 'Key' }, { 'x-api-key': 'Key sesame' }],
  ])('with %j sends %j', async (options, headers) => {
    const { auth } = make(options)
    await auth.start()
    expect(await auth.headers()).toEqual(headers)
  })

  it('sends the first token of its file, and another one a second after the file has changed', async () => {
    const filename = join(tempDir('token'), 'token')
    writeFileSync(filename, '\nsesame # of today\nother\n')
    const { auth, clock, logged } = make({ filename, token: 'unused' })
    await auth.start()
    expect(await auth.headers()).toEqual({ authorization: 'Bearer sesame' })
    writeFileSync(filename, 'abracadabra\n')
    await clock.advance(1_000)
    expect(await auth.headers()).toEqual({ authorization: 'Bearer abracadabra' })
    expect(logged.join('\n')).not.toMatch(/sesame|abracadabra|unused/)
  })

  it('keeps its token when its file changes to something that is none, and says so once', async () => {
    const filename = join(tempDir('token'), 'token')
    writeFileSync(filename, 'sesame')
    const { auth, clock, logged } = make({ filename })
    await auth.start()
    writeFileSync(filename, 'ŝesame')
    for (let i = 0; i < 2; i++) {
      await clock.advance(1_000)
      expect(await auth.headers()).toEqual({ authorization: 'Bearer sesame' })
    }
    expect(logged.filter((line) => line.startsWith('warn'))).toEqual([
      `warn  Tokens cannot be used, going on with the old ones. error="filename ${filename}: expected a token of ASCII on each line"`,
    ])
  })

  it('does not start without its file, nor with one that has no token', async () => {
    const filename = join(tempDir('token'), 'token')
    await expect(make({ filename }).auth.start()).rejects.toThrow(`read filename ${filename}`)
    writeFileSync(filename, '\n')
    await expect(make({ filename }).auth.start()).rejects.toThrow(
      `filename ${filename}: expected a token of ASCII on each line`,
    )
  })
})

describe('a server', () => {
  it.each([
    ['Bearer sesame', { kind: 'admitted' }],
    ['Bearer other', { kind: 'admitted' }],
    ['Bearer sesame2', { kind: 'refused', reason: 'wrong_credentials' }],
    ['Basic sesame', { kind: 'refused', reason: 'malformed_credentials' }],
    ['', { kind: 'refused', reason: 'missing_credentials' }],
    [undefined, { kind: 'refused', reason: 'missing_credentials' }],
  ])('with the header %s decides %j', async (authorization, admission) => {
    const { auth } = make({ tokens: ['sesame', 'other'] })
    await auth.start()
    expect(await auth.authenticate({ authorization })).toEqual(admission)
  })

  it('takes every token of its file, and those of before no more', async () => {
    const filename = join(tempDir('token'), 'token')
    writeFileSync(filename, 'sesame\nother')
    const { auth, clock } = make({ filename })
    await auth.start()
    const kindOf = async (token: string) =>
      (await auth.authenticate({ authorization: [`Bearer ${token}`] })).kind
    expect(await Promise.all(['sesame', 'other'].map(kindOf))).toEqual(['admitted', 'admitted'])
    writeFileSync(filename, 'other')
    await clock.advance(1_000)
    expect(await Promise.all(['sesame', 'other'].map(kindOf))).toEqual(['refused', 'admitted'])
  })
})

it('shows no token in what is wrong with its options', () => {
  expect(
    errorsIn(bearerTokenAuth, new URL('testdata/', import.meta.url), 'bad_token.yaml'),
  ).toEqual([
    'bad_token.yaml:3:13: extensions.bearer_token_auth.header: expected the name of a header, received "X Api"',
    'bad_token.yaml:4:12: extensions.bearer_token_auth.token: expected tokens of ASCII without spaces',
  ])
})
