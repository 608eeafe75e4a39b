import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { describeError } from '../../src/component/errors.ts'
import { lifecycleTest } from '../../src/component/lifecycle_test.ts'
import { errorsIn } from '../../src/helpers/config_errors_for_tests.ts'
import { FakeClock, settingsOf } from '../../src/helpers/fixtures.ts'
import { atEnd } from '../../test/kit/cleanup.ts'
import { cleansUp } from '../../test/kit/fixtures.ts'
import { tempDir } from '../../test/kit/temp_dir.ts'
import { oauth2ClientConfig } from './config.ts'
import { Oauth2ClientExtension } from './extension.ts'
import { oauth2Client } from './index.ts'

cleansUp()
lifecycleTest(oauth2Client, {
  client_id: 'waggle',
  client_secret: 'sesame',
  token_url: 'http://127.0.0.1:1/token',
})

interface Asked {
  readonly authorization: string | undefined
  readonly form: Record<string, string[]>
}

type Reply = (asked: Asked, n: number) => { status?: number; body: object | string }

/** A server that gives out tokens. */
async function tokenServer(reply: Reply): Promise<{ token_url: string; asked: Asked[] }> {
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    let text = ''
    request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
    request.on('end', () => {
      const params = new URLSearchParams(text)
      const form = Object.fromEntries([...params.keys()].map((key) => [key, params.getAll(key)]))
      asked.push({ authorization: request.headers.authorization, form })
      const { status = 200, body } = reply(asked.at(-1) as Asked, asked.length)
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(typeof body === 'string' ? body : JSON.stringify(body))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  atEnd('token server', () => server.close())
  return { token_url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`, asked }
}

const numbered: Reply = (_, n) => ({
  body: { access_token: `t${n}`, token_type: 'bearer', expires_in: 3600 },
})

async function clientOf(reply: Reply, options: object = {}) {
  const { token_url, asked } = await tokenServer(reply)
  const { settings, logged } = settingsOf('oauth2_client')
  const clock = new FakeClock()
  const given = { client_id: 'wag gle', client_secret: 'ses:ame', token_url, ...options }
  const auth = new Oauth2ClientExtension(settings, oauth2ClientConfig.parse(given), clock)
  await auth.start()
  const ask = async () => (await auth.headers())['authorization']
  return { auth, ask, asked, clock, logged, token_url }
}

describe('a token', () => {
  it('is asked for with the client credentials, scopes and parameters that are configured', async () => {
    const options = { scopes: ['a', 'b'], endpoint_params: { audience: 'x', resource: ['y', 'z'] } }
    const { ask, asked } = await clientOf(numbered, options)
    expect(await ask()).toBe('Bearer t1')
    expect(asked).toEqual([
      {
        authorization: `Basic ${Buffer.from('wag+gle:ses%3Aame').toString('base64')}`,
        form: {
          grant_type: ['client_credentials'],
          scope: ['a b'],
          audience: ['x'],
          resource: ['y', 'z'],
        },
      },
    ])
  })

  it('is kept until it is to be renewed, and asked for once by all who need it', async () => {
    const { ask, asked, clock } = await clientOf(numbered)
    expect(await Promise.all([ask(), ask(), ask()])).toEqual([
      'Bearer t1',
      'Bearer t1',
      'Bearer t1',
    ])
    await clock.advance(3600_000 - 300_001)
    expect(await ask()).toBe('Bearer t1')
    await clock.advance(1)
    expect(await ask()).toBe('Bearer t2')
    expect(asked).toHaveLength(2)
  })

  it('that lasts for less than the buffer is kept for half of its time', async () => {
    const { ask, clock } = await clientOf((_, n) => ({
      body: { access_token: `t${n}`, expires_in: '60' },
    }))
    await ask()
    await clock.advance(29_999)
    expect(await ask()).toBe('Bearer t1')
    await clock.advance(1)
    expect(await ask()).toBe('Bearer t2')
  })

  it('is asked for with the secret in the form where the server does not look at the header', async () => {
    const { ask, asked, clock } = await clientOf((asking, n) =>
      asking.form['client_secret']
        ? numbered(asking, n)
        : { status: 401, body: { error: 'invalid_client' } },
    )
    expect(await ask()).toBe('Bearer t2')
    expect(asked[1]).toEqual({
      authorization: undefined,
      form: {
        grant_type: ['client_credentials'],
        client_id: ['wag gle'],
        client_secret: ['ses:ame'],
      },
    })
    await clock.advance(3600_000)
    expect(await ask()).toBe('Bearer t3')
  })

  it.each([
    [
      { status: 401, body: { error: 'invalid_client', error_description: 'ses:ame is wrong' } },
      'HTTP 401: invalid_client',
    ],
    [{ status: 500, body: 'ses:ame' }, 'HTTP 500'],
    [{ body: 'ses:ame' }, 'the answer has no access_token'],
    [{ body: { access_token: 'ses:ame\n2' } }, 'the access_token is no ASCII text'],
  ])(
    'is not there after the answer %j, and the next time it is asked for again',
    async (answer, message) => {
      let isBroken = true
      const { ask, logged, token_url } = await clientOf((asked, n) =>
        isBroken ? answer : numbered(asked, n),
      )
      const error = await ask().then(() => undefined, describeError)
      expect(error).toBe(`get a token of ${token_url}: ${message}`)
      isBroken = false
      expect(await ask()).toMatch(/^Bearer t/)
      expect(logged).toEqual([])
    },
  )

  it('is asked for with what its files say at that time', async () => {
    const dir = tempDir('oauth')
    const [client_id_file, client_secret_file] = [join(dir, 'id'), join(dir, 'secret')]
    writeFileSync(client_id_file, 'one\n')
    writeFileSync(client_secret_file, 'two\n')
    const { ask, asked, clock } = await clientOf(numbered, { client_id_file, client_secret_file })
    await ask()
    writeFileSync(client_secret_file, 'three')
    await clock.advance(3600_000)
    await ask()
    const sent = asked.map(({ authorization = '' }) =>
      Buffer.from(authorization.slice(6), 'base64').toString(),
    )
    expect(sent).toEqual(['one:two', 'one:three'])
  })

  it('is not waited for longer than timeout', async () => {
    const server = createServer(() => {})
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    atEnd('silent server', () => server.closeAllConnections())
    const token_url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const { ask } = await clientOf(numbered, { token_url, timeout: '20ms' })
    await expect(ask().catch(describeError)).resolves.toBe(
      `get a token of ${token_url}: no answer within 20 ms`,
    )
    server.close()
  })
})

it('shows no secret in what is wrong with its options', () => {
  expect(errorsIn(oauth2Client, new URL('testdata/', import.meta.url), 'bad_client.yaml')).toEqual([
    'bad_client.yaml:2:3: extensions.oauth2_client.client_id: expected an id here or in client_id_file',
    'bad_client.yaml:2:3: extensions.oauth2_client.client_secret: expected a secret here or in client_secret_file',
    'bad_client.yaml:3:16: extensions.oauth2_client.token_url: expected a URL that begins with https:// or http://, without a password',
  ])
})
