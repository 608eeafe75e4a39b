import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ApiServer, sendStatus } from '../../test/kit/api_server.ts'
import { makeCertificates } from '../../test/kit/certificates.ts'
import { cleansUp, tempDir } from '../../test/kit/fixtures.ts'
import { FakeClock } from '../helpers/fixtures.ts'
import { ApiError } from './api_error.ts'
import { clientOf } from './reflecting_for_tests.ts'

cleansUp()

const { signal } = new AbortController()
const PODS = { path: 'api/v1/pods', signal }

/** The surroundings of a pod with an account. */
function pod(server: ApiServer, ca?: Buffer) {
  const accountDir = join(tempDir('account'), 'serviceaccount')
  mkdirSync(accountDir)
  writeFileSync(join(accountDir, 'token'), 'first\n')
  if (ca) writeFileSync(join(accountDir, 'ca.crt'), ca)
  const { hostname, port } = new URL(server.origin)
  const env = { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port }
  return { accountDir, env }
}

function kubeconfigOf(server: ApiServer, user: object, cluster: object = {}): string {
  const path = join(tempDir('kubeconfig'), 'config')
  const content = {
    'current-context': 'test',
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    clusters: [{ name: 'test', cluster: { server: server.origin, ...cluster } }],
    users: [{ name: 'test', user }],
  }
  writeFileSync(path, JSON.stringify(content))
  return path
}

describe('a client in a pod', () => {
  it('asks with the token of its account, also after that was replaced', async () => {
    const certificates = await makeCertificates()
    const server = await ApiServer.start(certificates)
    server.pods()
    server.token = 'first'
    const around = pod(server, certificates.ca)
    const clock = new FakeClock()
    const client = await clientOf({ auth_type: 'serviceAccount' }, around, clock)
    await client.get(PODS)
    expect(client.server).toBe(`${server.origin}/`)
    writeFileSync(join(around.accountDir, 'token'), 'second')
    server.token = 'second'
    // Within a second the token is not read again, unless the server refuses it.
    await expect(client.get(PODS)).rejects.toThrow('GET /api/v1/pods: 401 Unauthorized')
    await client.get(PODS)
    writeFileSync(join(around.accountDir, 'token'), 'third')
    server.token = 'third'
    await clock.advance(1_000)
    await client.get(PODS)
    client.close()
  })

  it('does not trust a server whose certificate somebody else has signed', async () => {
    const server = await ApiServer.start(await makeCertificates())
    const { ca } = await makeCertificates()
    const client = await clientOf({ auth_type: 'serviceAccount' }, pod(server, ca))
    await expect(client.get(PODS)).rejects.toThrow(/certificate/)
    expect(server.asked).toEqual([])
    client.close()
  })

  it('may be nobody', async () => {
    const certificates = await makeCertificates()
    const server = await ApiServer.start(certificates)
    server.pods()
    const client = await clientOf({ auth_type: 'none' }, pod(server, certificates.ca))
    await client.get(PODS)
    expect(server.asked[0]?.headers.authorization).toBeUndefined()
    client.close()
  })

  it('says when it is in none', async () => {
    await expect(clientOf({ auth_type: 'serviceAccount' })).rejects.toThrow(
      'auth_type: serviceAccount needs a pod (KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set); outside of the cluster use auth_type: kubeConfig',
    )
  })
})

describe('a client with a kubeconfig', () => {
  it('shows its certificate', async () => {
    const certificates = await makeCertificates()
    const server = await ApiServer.start(certificates)
    server.pods()
    const user = {
      'client-certificate': certificates.client.certFile,
      'client-key-data': certificates.client.key.toString('base64'),
    }
    const cluster = { 'certificate-authority-data': certificates.ca.toString('base64') }
    const kubeconfig = kubeconfigOf(server, user, cluster)
    const client = await clientOf({ auth_type: 'kubeConfig', kubeconfig })
    await client.get(PODS)
    expect(server.asked[0]?.client).toBe('waggle test client')
    client.close()
  })

  it('shows the certificate that a program gave', async () => {
    const certificates = await makeCertificates()
    const server = await ApiServer.start(certificates)
    server.pods()
    const apiVersion = 'client.authentication.k8s.io/v1'
    const status = {
      clientCertificateData: certificates.client.cert.toString(),
      clientKeyData: certificates.client.key.toString(),
    }
    const said = JSON.stringify({ kind: 'ExecCredential', apiVersion, status })
    const args = ['-e', `process.stdout.write(${JSON.stringify(said)})`]
    const exec = { apiVersion, command: process.execPath, args }
    const cluster = { 'certificate-authority': certificates.caFile }
    const kubeconfig = kubeconfigOf(server, { exec }, cluster)
    const client = await clientOf({ auth_type: 'kubeConfig', kubeconfig })
    await client.get(PODS)
    expect(server.asked[0]?.client).toBe('waggle test client')
    client.close()
  })

  it('asks below the path of a server that lies behind another', async () => {
    const server = await ApiServer.start()
    const cluster = { server: `${server.origin}/k8s/c-1` }
    const kubeconfig = kubeconfigOf(server, {}, cluster)
    const client = await clientOf({ auth_type: 'kubeConfig', kubeconfig })
    await client.get(PODS).catch(() => {})
    expect(server.asked[0]?.path).toBe('/k8s/c-1/api/v1/pods')
    client.close()
  })
})

describe('an answer that is no success', () => {
  it.each([
    ['a Status', 403, 'Forbidden', 'GET /api/v1/pods: 403 Forbidden pods is forbidden'],
    ['a Status without a reason', 500, '', 'GET /api/v1/pods: 500 pods is forbidden'],
  ])('is told in the words of %s', async (_, status, reason, message) => {
    const server = await ApiServer.start()
    server.fail({}, (r) => sendStatus(r, status, reason, 'pods is forbidden'))
    const kubeconfig = kubeconfigOf(server, {})
    const client = await clientOf({ auth_type: 'kubeConfig', kubeconfig })
    await expect(client.get(PODS)).rejects.toThrow(new ApiError(status, reason, message))
    client.close()
  })

  it('is told in the words of whoever stands in between', async () => {
    const server = await ApiServer.start()
    server.fail({}, (response) => {
      response.writeHead(503, { 'retry-after': '3' })
      response.end('<html>\n  no healthy upstream</html>')
    })
    const kubeconfig = kubeconfigOf(server, {})
    const client = await clientOf({ auth_type: 'kubeConfig', kubeconfig })
    const error = await client.get(PODS).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      status: 503,
      retryAfterMs: 3_000,
      message: 'GET /api/v1/pods: 503 <html> no healthy upstream</html>',
    })
    client.close()
  })
})
