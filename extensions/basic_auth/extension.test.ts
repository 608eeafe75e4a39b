import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { hashSync } from 'bcryptjs'
import { describe, expect, it } from 'vitest'
import { lifecycleTest, testSettings } from '../../src/component/lifecycle_test.ts'
import { errorsIn } from '../../src/helpers/config_errors_for_tests.ts'
import { FakeClock, settingsOf } from '../../src/helpers/fixtures.ts'
import { cleansUp } from '../../test/kit/fixtures.ts'
import { tempDir } from '../../test/kit/temp_dir.ts'
import type { BasicAuthClient } from './client.ts'
import { basicAuthConfig } from './config.ts'
import { basicAuth } from './index.ts'
import { BasicAuthServer } from './server.ts'

cleansUp()
lifecycleTest(basicAuth, { htpasswd: { inline: 'ali:open' } })

const basic = (text: string): { authorization: string } => ({
  authorization: `Basic ${Buffer.from(text).toString('base64')}`,
})

function serverOf(htpasswd: object) {
  const { settings, logged } = settingsOf('basic_auth')
  const clock = new FakeClock()
  const config = basicAuthConfig.parse({ htpasswd }).htpasswd!
  return { auth: new BasicAuthServer(settings, config, clock), clock, logged }
}

describe('a server', () => {
  const users = [
    `ali:${hashSync('open', 4)}`,
    `apache:${hashSync('open', 4).replace('$2b$', '$2y$')}`,
    'sha:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=',
    'plain:pass:word',
  ].join('\n')

  it.each([
    ['ali:open', 'admitted'],
    ['apache:open', 'admitted'],
    ['sha:password', 'admitted'],
    ['plain:pass:word', 'admitted'],
    ['ali:shut', 'wrong_credentials'],
    ['sha:open', 'wrong_credentials'],
    ['plain:open', 'wrong_credentials'],
    ['baba:open', 'wrong_credentials'],
    ['ali:', 'wrong_credentials'],
    ['ali', 'malformed_credentials'],
  ])('asked by %s decides %s', async (text, decision) => {
    const { auth } = serverOf({ inline: users })
    await auth.start()
    const admission = await auth.authenticate(basic(text))
    expect(admission.kind === 'admitted' ? 'admitted' : admission.reason).toBe(decision)
  })

  it.each([
    [{}, 'missing_credentials'],
    [{ authorization: 'Bearer sesame' }, 'malformed_credentials'],
    [{ authorization: 'Basic not base64!' }, 'malformed_credentials'],
  ])('asked with %j says %s', async (headers, reason) => {
    const { auth } = serverOf({ inline: users })
    await auth.start()
    expect(await auth.authenticate(headers)).toEqual({ kind: 'refused', reason })
  })

  it('tells who a client is', async () => {
    const { auth } = serverOf({ inline: users })
    await auth.start()
    expect(await auth.authenticate(basic('ali:open'))).toEqual({
      kind: 'admitted',
      attributes: { username: 'ali', raw: Buffer.from('ali:open').toString('base64') },
    })
  })

  it('lets only so many passwords wait for bcrypt, and none that it has seen to be right', async () => {
    const { auth } = serverOf({ inline: users })
    await auth.start()
    await auth.authenticate(basic('ali:open'))
    const wrong = Array.from({ length: 20 }, (_, i) => auth.authenticate(basic(`ali:${i}`)))
    expect(await auth.authenticate(basic('ali:open'))).toMatchObject({ kind: 'admitted' })
    const reasons = (await Promise.all(wrong)).map((one) => one.kind === 'refused' && one.reason)
    expect(reasons.filter((reason) => reason === 'busy')).toHaveLength(4)
    expect(reasons.filter((reason) => reason === 'wrong_credentials')).toHaveLength(16)
  })

  it('reads its file again when it changes; a user of the text goes before one of the file', async () => {
    const file = join(tempDir('htpasswd'), 'htpasswd')
    writeFileSync(file, 'ali:file\nbaba:file\n')
    const { auth, clock, logged } = serverOf({ file, inline: 'ali:text' })
    await auth.start()
    const kindOf = async (text: string) => (await auth.authenticate(basic(text))).kind
    expect(await kindOf('ali:text')).toBe('admitted')
    expect(await kindOf('ali:file')).toBe('refused')
    expect(await kindOf('baba:file')).toBe('admitted')
    writeFileSync(file, 'baba:other\n')
    await clock.advance(1_000)
    expect(await kindOf('baba:other')).toBe('admitted')
    expect(await kindOf('baba:file')).toBe('refused')
    writeFileSync(file, 'baba\n')
    await clock.advance(1_000)
    expect(await kindOf('baba:other')).toBe('admitted')
    expect(logged.filter((line) => line.startsWith('warn'))).toEqual([
      `warn  Users cannot be used, going on with the old ones. error="htpasswd.file ${file}: line 1: expected name:password"`,
    ])
  })

  it('does not start with a file that it cannot take', async () => {
    const file = join(tempDir('htpasswd'), 'htpasswd')
    writeFileSync(file, '# users\nali:$6$salt$hash\n')
    await expect(serverOf({ file }).auth.start()).rejects.toThrow(
      `htpasswd.file ${file}: line 2: expected a hash of bcrypt, {SHA} or {SSHA} (htpasswd -B), or a plain password`,
    )
  })
})

describe('a client', () => {
  const clientOf = (client_auth: object): BasicAuthClient => {
    const config = basicAuthConfig.parse({ client_auth })
    return basicAuth.create(testSettings(basicAuth), config) as BasicAuthClient
  }

  it('sends its name and password', async () => {
    const auth = clientOf({ username: 'ali', password: 'öpen' })
    await auth.start()
    expect(await auth.headers()).toEqual(basic('ali:öpen'))
  })

  it('may have them in files', async () => {
    const dir = tempDir('client')
    const [username_file, password_file] = [join(dir, 'name'), join(dir, 'password')]
    writeFileSync(username_file, 'ali\n')
    writeFileSync(password_file, 'open\n')
    const auth = clientOf({ username_file, password_file, password: 'unused' })
    await auth.start()
    expect(await auth.headers()).toEqual(basic('ali:open'))
  })
})

it('shows no password in what is wrong with its options', () => {
  const errors = (file: string) => errorsIn(basicAuth, new URL('testdata/', import.meta.url), file)
  expect(errors('bad_users.yaml')).toEqual([
    'bad_users.yaml:4:15: extensions.basic_auth.htpasswd.inline: line 1: expected name:password',
    'bad_users.yaml:4:15: extensions.basic_auth.htpasswd.inline: line 2: expected a hash of bcrypt, {SHA} or {SSHA} (htpasswd -B), or a plain password',
  ])
  expect(errors('bad_both.yaml')).toEqual([
    'bad_both.yaml:3:5: extensions.basic_auth: expected either "htpasswd", for a server, or "client_auth", for a client',
  ])
})
