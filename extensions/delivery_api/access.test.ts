import { writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { join } from 'node:path'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { Admission } from '../../src/component/auth.ts'
import { errorsIn } from '../../src/helpers/config_errors_for_tests.ts'
import { cleansUp } from '../../test/kit/fixtures.ts'
import { tempDir } from '../../test/kit/temp_dir.ts'
import { deliveryApiConfig } from './config.ts'
import { deliveryOf } from './fixtures.ts'
import { deliveryApi } from './index.ts'
import { namesLoopback } from './loopback.ts'
import { endTrials, trialOf, type Trial } from './trial.ts'

cleansUp()

const servers: Server[] = []
afterEach(async () => {
  await endTrials()
  for (const server of servers.splice(0)) server.close().closeAllConnections()
})

const DELIVERIES = [
  deliveryOf(),
  deliveryOf({ pod: { namespace: 'bank', name: 'db-0', uid: '9999' } }),
  deliveryOf({ pod: { namespace: 'kube-system', name: 'dns', uid: '5555' } }),
]

describe('the configuration', () => {
  it('listens on this machine alone, and asks nobody who they are', () => {
    expect(deliveryApiConfig.parse({})).toEqual({ endpoint: { host: 'localhost', port: 8890 } })
  })

  it('takes its files in testdata', () => {
    const testdata = new URL('testdata/', import.meta.url)
    expect(errorsIn(deliveryApi, testdata, 'only_defaults.yaml')).toEqual([])
    expect(errorsIn(deliveryApi, testdata, 'all_options.yaml')).toEqual([])
  })

  it('is refused where others reach it and nobody says who may ask', () => {
    const testdata = new URL('testdata/', import.meta.url)
    expect(errorsIn(deliveryApi, testdata, 'bad_access.yaml')).toEqual([
      'bad_access.yaml:3:15: extensions.delivery_api.endpoint: expected a loopback address such as localhost:8890 where neither auth nor tls.client_ca_file says who may ask, received "0.0.0.0:8890"',
    ])
    expect(errorsIn(deliveryApi, testdata, 'bad_auth.yaml')).toEqual([
      'bad_auth.yaml:4:7: extensions.delivery_api.auth: expected either "authenticator" or "kubernetes"',
    ])
  })

  it.each([
    ['127.0.0.2:1', true],
    ['[::1]:1', true],
    [':1', false],
    ['[::]:1', false],
    ['127.0.0.1.example.com:1', false],
    ['10.0.0.1:1', false],
  ])('on %s needs no authentication: %s', (endpoint, isFine) => {
    expect(deliveryApiConfig.safeParse({ endpoint }).success).toBe(isFine)
    const tls = { cert_file: 'a', key_file: 'b' }
    const auth = { authenticator: 'x' }
    expect(deliveryApiConfig.safeParse({ endpoint, auth }).success).toBe(true)
    expect(deliveryApiConfig.safeParse({ endpoint, tls }).success).toBe(isFine)
    const mutual = { ...tls, client_ca_file: 'c' }
    expect(deliveryApiConfig.safeParse({ endpoint, tls: mutual }).success).toBe(true)
  })
})

it.each([
  ['localhost', true],
  ['LOCALHOST:8890', true],
  ['127.0.0.1:1', true],
  ['[::1]:1', true],
  ['localhost.evil.example', false],
  ['10.0.0.1', false],
  ['', false],
  [undefined, false],
])('a request to %s is to a loopback address: %s', (host, isOne) => {
  expect(namesLoopback(host)).toBe(isOne)
})

describe('an authenticator', () => {
  const authenticator = (admission: Admission) => ({
    challenge: 'Basic',
    authenticate: async () => admission,
  })
  const options = { auth: { authenticator: 'basic_auth' } }

  it.each([
    [{ kind: 'admitted' }, 200, null],
    [{ kind: 'refused', reason: 'wrong_credentials' }, 401, 'Basic'],
    [{ kind: 'refused', reason: 'busy' }, 429, null],
    [{ kind: 'refused', reason: 'failed' }, 503, null],
  ] as const)('that says %j makes it an answer of %i', async (admission, status, challenge) => {
    const trial = await trialOf(DELIVERIES, options, { basic_auth: authenticator(admission) })
    for (const path of ['/api/v1/deliveries', '/', '/pods/shop/web-1', '/nothing']) {
      const { status: got, headers } = await trial.get(path)
      const wanted = path === '/nothing' && status === 200 ? 404 : status
      expect([got, headers.get('www-authenticate')]).toEqual([wanted, challenge])
    }
    expect((await trial.get('/openapi.json')).status).toBe(200)
  })

  it('that is not there keeps it from starting', async () => {
    await expect(trialOf([], options)).rejects.toThrow(
      'auth.authenticator: service.extensions does not list "basic_auth"',
    )
  })
})

describe('with the tokens of a cluster', () => {
  /** What the API server is asked, in order. */
  let asked: string[] = []

  /** An API server that knows two tokens: `admin` may see all, `ada` the namespace shop. */
  async function clusterTrial(fails = false): Promise<Trial> {
    asked = []
    const server = createServer((request, response) => {
      void text(request).then((body) => {
        response.writeHead(fails ? 500 : 201, { 'content-type': 'application/json' })
        response.end(JSON.stringify({ status: fails ? 'Failure' : statusOf(request, body) }))
      })
    }).listen(0, '127.0.0.1')
    servers.push(server)
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const kubeconfig = join(tempDir('kubeconfig'), 'config')
    writeFileSync(
      kubeconfig,
      JSON.stringify({
        'current-context': 'test',
        contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
        clusters: [{ name: 'test', cluster: { server: `http://127.0.0.1:${port}` } }],
        users: [{ name: 'test', user: { token: 'own' } }],
      }),
    )
    const kubernetes = { auth_type: 'kubeConfig', kubeconfig }
    return trialOf(DELIVERIES, { auth: { kubernetes } })
  }

  function statusOf({ url = '' }: IncomingMessage, body: string): object {
    const { spec } = JSON.parse(body) as { spec: Record<string, unknown> }
    if (url.endsWith('/tokenreviews')) {
      const token = spec['token'] as string
      asked.push(`token ${token}`)
      const user = { username: token, uid: '1', groups: ['g'] }
      return token === 'nobody' ? { error: 'unknown' } : { authenticated: true, user }
    }
    const { namespace, verb, resource } = spec['resourceAttributes'] as Record<string, string>
    asked.push(`${spec['user'] as string} ${verb} ${resource} in ${namespace}`)
    return { allowed: spec['user'] === 'admin' || namespace === 'shop' }
  }

  const uidsOf = async (response: Response): Promise<string[]> => {
    const { deliveries } = (await response.json()) as { deliveries: { pod: { uid: string } }[] }
    return deliveries.map(({ pod }) => pod.uid).toSorted()
  }

  it('shows a user the pods that it may get, and in lists nothing of others', async () => {
    const trial = await clusterTrial()
    const ada = { authorization: 'Bearer ada' }
    expect((await trial.get('/api/v1/pods/shop/web-1', ada)).status).toBe(200)
    const refused = await trial.get('/api/v1/pods/bank/db-0', ada)
    expect([refused.status, await refused.json()]).toEqual([
      403,
      { error: 'You may not get pods in the namespace "bank".' },
    ])
    expect((await trial.get('/pods/bank/db-0', ada)).status).toBe(403)
    expect((await trial.get('/api/v1/deliveries?namespace=bank', ada)).status).toBe(403)
    expect(await uidsOf(await trial.get('/api/v1/deliveries', ada))).toEqual(['8a3f'])
    const { groups } = (await (await trial.get('/api/v1/summary', ada)).json()) as {
      groups: { key: string }[]
    }
    expect(groups.map(({ key }) => key)).toEqual(['shop'])
    expect(await (await trial.get('/', ada)).text()).not.toMatch(/db-0|dns/)
    expect(asked).toEqual([
      'token ada',
      'ada get pods in shop',
      'ada get pods in bank',
      'ada get pods in ',
      'ada get pods in kube-system',
    ])
  })

  it('does not say of a uid that it is there to whom may not see it', async () => {
    const trial = await clusterTrial()
    const bodyOf = async (uid: string): Promise<string> => {
      const response = await trial.get(`/api/v1/pods/${uid}/timeline`, {
        authorization: 'bearer ada',
      })
      expect(response.status).toBe(404)
      return (await response.text()).replace(uid, '')
    }
    expect(await bodyOf('9999')).toBe(await bodyOf('none'))
  })

  it('shows everything to whom may see everything, with one question', async () => {
    const trial = await clusterTrial()
    const admin = { authorization: 'Bearer admin' }
    expect(await uidsOf(await trial.get('/api/v1/deliveries', admin))).toEqual([
      '5555',
      '8a3f',
      '9999',
    ])
    expect(asked).toEqual(['token admin', 'admin get pods in '])
  })

  it.each([[undefined], ['Basic ada'], ['Bearer nobody'], ['Bearer a b']])(
    'lets nobody in with %s',
    async (authorization) => {
      const trial = await clusterTrial()
      const headers = authorization === undefined ? {} : { authorization }
      const response = await trial.get('/api/v1/deliveries', headers)
      expect(response.status).toBe(401)
      expect(response.headers.get('www-authenticate')).toBe('Bearer')
    },
  )

  it('answers 503 where the API server cannot say', async () => {
    const trial = await clusterTrial(true)
    const response = await trial.get('/api/v1/pods', { authorization: 'Bearer ada' })
    expect([response.status, await response.json()]).toEqual([
      503,
      { error: 'The API server cannot be asked who may see what.' },
    ])
    expect(trial.logged.join('\n')).not.toContain('ada')
  })
})
