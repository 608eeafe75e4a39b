import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { cleansUp, tempDir } from '../../test/kit/fixtures.ts'
import { FakeClock } from '../helpers/fixtures.ts'
import { createLogger } from '../telemetry/logger.ts'
import { kubeconfigPaths, readKubeContext } from './kubeconfig.ts'
import { kubeconfigAccess } from './kubeconfig_access.ts'

cleansUp()

let dir: string
beforeEach(() => (dir = tempDir('kubeconfig')))

/** Writes a kubeconfig with one cluster, one user and one context, all called `test`. */
function written(user: object, cluster: object = {}, name = 'config'): string {
  const path = join(dir, name)
  const content = {
    'current-context': 'test',
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    clusters: [{ name: 'test', cluster: { server: 'https://k8s.example:6443', ...cluster } }],
    users: [{ name: 'test', user }],
  }
  writeFileSync(path, stringify(content))
  return path
}

const around = { env: {}, home: '/home/ann' }
const log = createLogger({ out: { write: () => {} } })

async function accessOf(kubeconfig: string, context?: string) {
  return kubeconfigAccess(
    await readKubeContext({ kubeconfig, context }, around),
    log,
    new FakeClock(),
  )
}

const headersOf = async (path: string) => (await accessOf(path)).credentials.headers()

describe('the files of a kubeconfig', () => {
  it('are the option, else those of the environment, else that in the home', () => {
    const env = { KUBECONFIG: '/a:/b' }
    expect(kubeconfigPaths({ kubeconfig: '/c' }, { env, home: '/h' })).toEqual(['/c'])
    expect(kubeconfigPaths({}, { env, home: '/h' })).toEqual(['/a', '/b'])
    expect(kubeconfigPaths({}, { env: {}, home: '/h' })).toEqual(['/h/.kube/config'])
  })

  it('are merged: the first that says something is right, and some may be missing', async () => {
    const first = join(dir, 'first')
    writeFileSync(first, 'current-context: other\n')
    const second = written({ token: 'one' })
    const third = join(dir, 'third')
    const other = {
      'current-context': 'test',
      contexts: [{ name: 'other', context: { cluster: 'test', user: 'two' } }],
      clusters: [{ name: 'test', cluster: { server: 'https://wrong' } }],
      users: [{ name: 'two', user: { token: 'two' } }],
    }
    writeFileSync(third, stringify(other))
    const access = await accessOf([first, join(dir, 'missing'), second, third].join(':'))
    expect(access.server.href).toBe('https://k8s.example:6443/')
    expect(await access.credentials.headers()).toEqual({ authorization: 'Bearer two' })
  })

  it('may be missing no longer when there is only one', async () => {
    const path = join(dir, 'missing')
    await expect(accessOf(path)).rejects.toThrow(`read kubeconfig ${path}`)
  })
})

describe('a context', () => {
  it('is the one that is asked for', async () => {
    const path = written({ token: 'one' })
    await expect(accessOf(path, 'prod')).rejects.toThrow(
      `kubeconfig ${path}: no context is called prod, it has test`,
    )
  })

  it('has to be chosen', async () => {
    const path = join(dir, 'empty')
    writeFileSync(path, '')
    await expect(accessOf(path)).rejects.toThrow(
      `kubeconfig ${path}: no current-context, set context`,
    )
  })

  it('has to name a cluster that there is', async () => {
    const path = join(dir, 'config')
    const contexts = [{ name: 'test', context: { cluster: 'gone' } }]
    writeFileSync(path, stringify({ 'current-context': 'test', contexts }))
    await expect(accessOf(path)).rejects.toThrow(`kubeconfig ${path}: no cluster is called gone`)
  })

  it('says where the file is wrong, and nothing of what is in it', async () => {
    const path = join(dir, 'config')
    writeFileSync(path, 'users:\n- user: {token: s3cr3t\n')
    const error = await accessOf(path).catch((thrown: unknown) => thrown as Error)
    expect((error as Error).message).toBe(`kubeconfig ${path}: no YAML (line 3)`)
    expect((error as Error).cause).toBeUndefined()
    writeFileSync(path, 'clusters: [{name: test, cluster: {}}]')
    await expect(accessOf(path)).rejects.toThrow(
      `kubeconfig ${path}: clusters.0.cluster.server: Invalid input`,
    )
  })
})

describe('a user', () => {
  it('has a token, a file with one, a name with a password, or nothing', async () => {
    expect(await headersOf(written({ token: 'one' }))).toEqual({ authorization: 'Bearer one' })
    mkdirSync(join(dir, 'secrets'))
    writeFileSync(join(dir, 'secrets', 'token'), 'two\n')
    const both = { token: 'one', tokenFile: 'secrets/token' }
    expect(await headersOf(written(both))).toEqual({ authorization: 'Bearer two' })
    const basic = { username: 'ann', password: 'pw' }
    expect(await headersOf(written(basic))).toEqual({ authorization: 'Basic YW5uOnB3' })
    expect(await headersOf(written({}))).toEqual({})
  })

  it('may act as another', async () => {
    const user = { token: 'one', as: 'bob', 'as-groups': ['dev'] }
    expect(await headersOf(written(user))).toEqual({
      authorization: 'Bearer one',
      'impersonate-user': 'bob',
      'impersonate-group': 'dev',
    })
    await expect(accessOf(written({ as: 'bob', 'as-groups': ['a', 'b'] }))).rejects.toThrow(
      'kubeconfig: as-groups: only one group is supported',
    )
  })

  it('of an auth-provider is told what to do', async () => {
    await expect(accessOf(written({ 'auth-provider': { name: 'oidc' } }))).rejects.toThrow(
      'kubeconfig: auth-provider oidc is not supported, use an exec plugin (for oidc: kubectl oidc-login get-token)',
    )
  })

  it('with a certificate without a key is told so', async () => {
    const data = Buffer.from('pem').toString('base64')
    await expect(accessOf(written({ 'client-certificate-data': data }))).rejects.toThrow(
      'kubeconfig: expected a certificate and its key: cert_file and key_file together',
    )
  })
})

describe('a cluster', () => {
  it('may lie behind a path and a proxy, under another name', async () => {
    const { server, proxy, tls } = await accessOf(
      written(
        {},
        {
          server: 'https://rancher.example/k8s/clusters/c-1',
          'proxy-url': 'http://proxy.example:3128',
          'tls-server-name': 'api.internal',
          'insecure-skip-tls-verify': true,
        },
      ),
    )
    expect(server.href).toBe('https://rancher.example/k8s/clusters/c-1/')
    expect(proxy?.href).toBe('http://proxy.example:3128/')
    expect(tls).toMatchObject({ server_name_override: 'api.internal', insecure_skip_verify: true })
  })

  it('has the authorities of a file beside the kubeconfig, or in it', async () => {
    const file = await accessOf(written({}, { 'certificate-authority': 'ca.crt' }))
    expect(file.tls.ca_file).toBe(join(dir, 'ca.crt'))
    const data = Buffer.from('pem').toString('base64')
    const both = { 'certificate-authority': 'ca.crt', 'certificate-authority-data': data }
    const { tls } = await accessOf(written({}, both))
    expect([tls.ca_file, tls.ca_pem?.reveal()]).toEqual([undefined, 'pem'])
  })

  it('needs an address that can be one', async () => {
    await expect(accessOf(written({}, { server: 'ftp://x' }))).rejects.toThrow(
      'kubeconfig: server: expected a URL of http or https, received ftp://x',
    )
  })
})
