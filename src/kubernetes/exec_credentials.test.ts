import { describe, expect, it } from 'vitest'
import { ExecCredentials, type RunProgram } from './exec_credentials.ts'
import type { KubeCluster, KubeExec } from './kubeconfig.ts'

const API = 'client.authentication.k8s.io/v1'
const CLUSTER = { server: 'https://k8s.example', 'insecure-skip-tls-verify': false } as KubeCluster
const EXEC = { apiVersion: API, command: 'get-token', provideClusterInfo: false } as KubeExec

/** Credentials of a program that gives these statuses, one after the other. */
function credentialsOf(statuses: readonly object[], exec: Partial<KubeExec> = {}) {
  const runs: {
    command: string
    args: readonly string[]
    env: Readonly<Record<string, string>>
  }[] = []
  const run: RunProgram = async (command, args, env) => {
    const status = statuses[runs.length]
    runs.push({ command, args, env })
    return JSON.stringify({ kind: 'ExecCredential', apiVersion: API, status })
  }
  let now = Date.parse('2026-03-01T12:00:00Z')
  const credentials = new ExecCredentials({ ...EXEC, ...exec }, CLUSTER, run, () => now)
  return { credentials, runs, pass: (ms: number) => void (now += ms) }
}

describe('credentials of a program', () => {
  it('are asked for once, with its arguments and its environment', async () => {
    const { credentials, runs } = credentialsOf([{ token: 'one' }], {
      args: ['--cluster', 'c1'],
      env: [{ name: 'AWS_PROFILE', value: 'prod' }],
      provideClusterInfo: true,
    })
    const both = await Promise.all([credentials.headers(), credentials.headers()])
    expect(both).toEqual([{ authorization: 'Bearer one' }, { authorization: 'Bearer one' }])
    expect(await credentials.headers()).toEqual(both[0])
    expect(runs).toHaveLength(1)
    expect(runs[0]).toMatchObject({ command: 'get-token', args: ['--cluster', 'c1'] })
    const { AWS_PROFILE, KUBERNETES_EXEC_INFO = '' } = runs[0]?.env ?? {}
    expect(AWS_PROFILE).toBe('prod')
    expect(JSON.parse(KUBERNETES_EXEC_INFO)).toEqual({
      kind: 'ExecCredential',
      apiVersion: API,
      spec: { interactive: false, cluster: { server: 'https://k8s.example' } },
    })
  })

  it('are asked for again before they end, and when the server refuses them', async () => {
    const ends = { expirationTimestamp: '2026-03-01T12:10:00Z' }
    const given = [{ token: 'one', ...ends }, { token: 'two' }, { token: 'three' }]
    const { credentials, pass } = credentialsOf(given)
    expect(await credentials.headers()).toEqual({ authorization: 'Bearer one' })
    pass(590_000)
    expect(await credentials.headers()).toEqual({ authorization: 'Bearer one' })
    pass(1)
    expect(await credentials.headers()).toEqual({ authorization: 'Bearer two' })
    credentials.refused()
    expect(await credentials.headers()).toEqual({ authorization: 'Bearer three' })
  })

  it('may be a certificate', async () => {
    const status = { clientCertificateData: 'cert', clientKeyData: 'key' }
    const { credentials } = credentialsOf([status])
    expect(await credentials.headers()).toEqual({})
    expect(credentials.certificate).toEqual({ cert: 'cert', key: 'key' })
  })

  it('have to be some', async () => {
    const { credentials } = credentialsOf([{ clientCertificateData: 'cert' }])
    const error = await credentials.headers().catch((thrown: unknown) => thrown as Error)
    expect(error).toMatchObject({
      message: 'kubeconfig: exec get-token',
      cause: { message: 'its status has neither a token nor a certificate with its key' },
    })
  })
})

describe('a program', () => {
  const failing = (command: string, args: string[], installHint?: string) =>
    new ExecCredentials({ ...EXEC, command, args, installHint }, CLUSTER).headers().then(
      () => '',
      (thrown: unknown) => thrown as Error,
    )

  it('that is missing is told with what to do about it', async () => {
    expect(await failing('waggle-no-such-program', [], 'Get it at x.example.\n')).toMatchObject({
      message: 'kubeconfig: exec waggle-no-such-program (Get it at x.example.)',
    })
  })

  it('that fails or says nonsense is told without what it printed', async () => {
    expect(await failing(process.execPath, ['-e', 'process.exit(3)'])).toMatchObject({
      cause: { message: 'ended with 3' },
    })
    const error = (await failing(process.execPath, ['-e', 'console.log("s3cr3t")'])) as Error
    expect(error.cause).toMatchObject({ message: 'its output is no JSON' })
    expect(String((error.cause as Error).stack)).not.toContain('s3cr3t')
  })
})
