import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { needProgram } from '../kit/programs.ts'

const execute = promisify(execFile)

/** Who somebody is to the API server. */
export interface Identity {
  readonly user: string
  readonly groups: readonly string[]
  readonly token: string
}

/** Certificates and keys of an API server, by their files, and who may come to it. */
export interface Credentials {
  readonly caFile: string
  readonly ca: Buffer
  readonly certFile: string
  readonly keyFile: string
  /** Signs the tokens of service accounts. */
  readonly accountKeyFile: string
  /** Says whose each token is. */
  readonly tokenFile: string
  readonly admin: Identity
  readonly controllerManager: Identity
  readonly scheduler: Identity
  /** kwok: an admin by rights, but by a name of its own in the audit log. */
  readonly kwok: Identity
  /** A kubelet of each node, by the node's name. */
  readonly kubelets: ReadonlyMap<string, Identity>
}

const identity = (user: string, ...groups: string[]): Identity => ({
  user,
  groups,
  token: randomBytes(16).toString('hex'),
})

/** Makes all that a world needs to know whom it talks to; valid for a day. */
export async function makeCredentials(dir: string, nodes: readonly string[]): Promise<Credentials> {
  const file = (name: string) => join(dir, name)
  const keys = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const names = 'subjectAltName=DNS:localhost,DNS:kubernetes.default.svc,IP:127.0.0.1'
  const made = ['-keyout', file('server.key'), '-out', file('server.crt')]
  // Signed by itself: whoever trusts this one certificate needs no authority beside it.
  const subject = ['-subj', '/CN=waggle test world', '-addext', names, '-days', '1']
  await execute(needProgram('openssl'), ['req', '-x509', ...keys, ...made, ...subject])
  await execute(needProgram('openssl'), ['genrsa', '-out', file('accounts.key'), '2048'])
  const who = {
    admin: identity('kubernetes-admin', 'system:masters'),
    controllerManager: identity('system:kube-controller-manager'),
    scheduler: identity('system:kube-scheduler'),
    kwok: identity('kwok-controller', 'system:masters'),
    kubelets: new Map(
      nodes.map((name) => [name, identity(`system:node:${name}`, 'system:nodes')] as const),
    ),
  }
  const { kubelets, ...others } = who
  const lines = [...Object.values(others), ...kubelets.values()].map(
    ({ token, user, groups }, at) => `${token},${user},${at},"${groups.join(',')}"\n`,
  )
  writeFileSync(file('tokens.csv'), lines.join(''), { mode: 0o600 })
  return {
    ...who,
    caFile: file('server.crt'),
    ca: readFileSync(file('server.crt')),
    certFile: file('server.crt'),
    keyFile: file('server.key'),
    accountKeyFile: file('accounts.key'),
    tokenFile: file('tokens.csv'),
  }
}

/** The text of a kubeconfig that comes with a token. */
export function kubeconfig(server: string, caFile: string, token: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'world', cluster: { server, 'certificate-authority': caFile } }],
    users: [{ name: 'user', user: { token } }],
    contexts: [{ name: 'world', context: { cluster: 'world', user: 'user' } }],
    'current-context': 'world',
  })
}
