import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { ApiCollection } from '../../test/kit/api_collection.ts'
import { ApiServer, sendStatus, statusOf } from '../../test/kit/api_server.ts'
import { cleansUp, eventually, tempDir } from '../../test/kit/fixtures.ts'
import { numbersFrom, type Below } from '../../test/kit/random.ts'
import type { Change } from './differences.ts'
import type { KubernetesObject } from './object.ts'
import { clientOf, reflecting } from './reflecting_for_tests.ts'

cleansUp()

/** What somebody knows who only hears the changes, and what of them did not fit together. */
class Listener {
  readonly versions = new Map<string, number>()
  readonly faults: string[] = []

  readonly hear = (change: Change<KubernetesObject, string>): void => {
    if (change.type === 'VANISHED') return this.#forget(change.kept)
    const { uid = '', resourceVersion } = change.object.metadata
    if (change.type === 'DELETED') return this.#forget(uid)
    const known = this.versions.get(uid)
    const version = Number(resourceVersion)
    const isFitting = change.type === (known === undefined ? 'ADDED' : 'MODIFIED')
    if (!isFitting) this.faults.push(`${change.type} ${uid}, which was known: ${known ?? 'no'}`)
    if (version <= (known ?? 0)) this.faults.push(`${uid} went from ${known} back to ${version}`)
    this.versions.set(uid, version)
  }

  #forget(uid: string): void {
    if (!this.versions.delete(uid)) this.faults.push(`${uid} ended and was not known`)
  }
}

/** What may happen, to objects more often than to the connection. */
function happenings(server: ApiServer, pods: ApiCollection, below: Below): (() => void)[] {
  const name = (): string => `pod-${below(6)}`
  const uid = () => ({ metadata: { uid: `uid-${below(1_000_000_000)}` } })
  const objects = [
    () => void pods.put(name()),
    () => void pods.put(name()),
    () => void pods.put(name(), uid()),
    () => removeFrom(pods, name()),
    () => pods.bookmark(),
  ]
  const refuse = (status: number, reason: string) => () =>
    server.fail({}, (response) => sendStatus(response, status, reason, ''))
  const faults = [
    () => pods.end(),
    () => pods.reset(),
    () => pods.lose(),
    () => pods.compact(),
    () => pods.raw('{"type":"ADD'),
    () => pods.error(statusOf(410, 'Expired', '')),
    () => pods.error(statusOf(500, 'InternalError', '')),
    refuse(401, 'Unauthorized'),
    refuse(429, 'TooManyRequests'),
    refuse(500, 'InternalError'),
  ]
  return [...objects, ...objects, ...objects, ...faults]
}

function removeFrom(pods: ApiCollection, name: string): void {
  if (pods.has(name)) pods.remove(name)
}

it.each([1, 2, 3, 4])('whatever fails, the changes make up what there is (%i)', async (seed) => {
  const server = await ApiServer.start()
  const pods = server.pods()
  const kubeconfig = join(tempDir('kubeconfig'), 'config')
  writeFileSync(kubeconfig, kubeconfigOf(server.origin))
  const client = await clientOf({ auth_type: 'kubeConfig', kubeconfig })
  const listener = new Listener()
  const { reflector, clock } = reflecting(client, {
    keep: ({ metadata }) => metadata.uid ?? '',
    onChange: listener.hear,
  })
  reflector.start()
  const below = numbersFrom(seed)
  const all = happenings(server, pods, below)
  for (let i = 0; i < 150; i++) {
    all[below(all.length)]?.()
    if (below(3) === 0) await clock.advance(below(60_000))
  }
  pods.reset()
  await eventually(async () => {
    if (reflector.state.phase === 'waiting') await clock.advance(45_000)
    expect(listener.versions).toEqual(pods.versions())
  })
  expect(listener.faults).toEqual([])
  await reflector.stop()
  client.close()
  await server.stop()
})

function kubeconfigOf(origin: string): string {
  return JSON.stringify({
    'current-context': 'test',
    contexts: [{ name: 'test', context: { cluster: 'test' } }],
    clusters: [{ name: 'test', cluster: { server: origin } }],
  })
}
