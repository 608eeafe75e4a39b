import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { k8sWatchConfig } from '../../../receivers/k8s_watch/config.ts'
import { K8sWatchReceiver } from '../../../receivers/k8s_watch/receiver.ts'
import { settingsOf } from '../../../src/helpers/fixtures.ts'
import { KubernetesClient, Reviews, type ReviewedUser } from '../../../src/kubernetes/index.ts'
import { ACCEPTED } from '../../../src/pdata/delivery.ts'
import type { LogRecord, Logs } from '../../../src/pdata/logs.ts'
import { eventually } from '../../kit/eventually.ts'
import type { KubeObject } from '../../kubernetes/client.ts'
import { deployment, untilGone, untilReady, untilSaid } from '../../kubernetes/scenarios_kit.ts'
import { healthy } from '../../kubernetes/scripts.ts'
import type { World } from '../../kubernetes/world.ts'

/** That the receiver sees what becomes of pods, with the rights that its README asks for. */
export function watchesPods(world: () => World): void {
  describe('k8s_watch', () => {
    it('tells of pods, events and owners with the rights of its README', async () => {
      await world().namespace('watched', () => healthy({ pull: 0.1 }))
      const watching = await watch(world(), 'watcher', readmeRules(), { owners: 'whole' })
      await world().apply(deployment('watched'))
      await untilReady(world(), 'watched')
      await untilSaid(world(), 'watched', 'Started')
      await world().kubectl(['delete', 'deployment', 'web', '--namespace=watched'])
      await untilGone(world(), 'watched')
      await eventually(() => {
        const told = watching.of('watched')
        expect(told('Pod').map(({ type }) => type)).toEqual(
          expect.arrayContaining(['ADDED', 'MODIFIED', 'DELETED']),
        )
        expect(told('Pod').some(({ object }) => isReady(object))).toBe(true)
        const reasons = told('Event').map(({ object }) => object['reason'] as string)
        expect(reasons).toEqual(
          expect.arrayContaining(['Scheduled', 'Pulling', 'Pulled', 'Created', 'Started']),
        )
        expect(told('ReplicaSet')[0]?.object['spec']).toEqual({ replicas: 1 })
        expect(told('Deployment').at(-1)?.type).toBe('DELETED')
      })
      const versions = watching
        .of('watched')('Pod')
        .map(({ object }) => versionOf(object))
      expect(versions).toEqual(versions.toSorted((a, b) => a - b))
      await watching.receiver.shutdown()
      expect(watching.counters.held).toBe(0)
    })

    it('says what was there before it began', async () => {
      await world().namespace('before', () => healthy({ pull: 0.1 }))
      await world().apply(deployment('before'))
      await untilReady(world(), 'before')
      const watching = await watch(world(), 'watcher', readmeRules(), { namespaces: ['before'] })
      const pod = await eventually(() => {
        const [found] = watching.records.filter(
          ({ attributes }) => attributes['k8s.object.kind'] === 'Pod',
        )
        expect(found).toBeDefined()
        return found!
      })
      expect(pod.attributes['k8s.watch.initial']).toBe(true)
      expect(pod.attributes['k8s.namespace.name']).toBe('before')
      await watching.receiver.shutdown()
    })

    it('takes the events of the newer API where only those are allowed', async () => {
      await world().namespace('newer', () => healthy({ pull: 0.1 }))
      const rules = readmeRules().filter(({ apiGroups }) => !(apiGroups as string[]).includes(''))
      const pods = { apiGroups: [''], resources: ['pods'], verbs: ['list', 'watch'] }
      const watching = await watch(world(), 'newer', [...rules, pods])
      await world().apply(deployment('newer'))
      await untilSaid(world(), 'newer', 'Started')
      await eventually(() => {
        const events = watching
          .of('newer')('Event')
          .map(({ object }) => object)
        expect(events.map(({ reason }) => reason as string)).toContain('Started')
        expect(events[0]).toMatchObject({ apiVersion: 'events.k8s.io/v1' })
      })
      await watching.receiver.shutdown()
    })

    it('says which right is missing', async () => {
      const watching = await watch(world(), 'nobody', [])
      await eventually(() =>
        expect(watching.logged.join('\n')).toContain(
          'pods is forbidden: User \\"system:serviceaccount:default:nobody\\" cannot list resource',
        ),
      )
      await watching.receiver.shutdown()
    })
  })

  describe('reviews', () => {
    it('know whose token it is, and what that account may do', async () => {
      const reading = [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }]
      const token = await world().accountToken('asker', reading)
      const { client, reviews } = await reviewing(world())
      const verdict = await reviews.reviewToken(token)
      expect(verdict).toMatchObject({
        kind: 'known',
        user: { name: 'system:serviceaccount:default:asker' },
      })
      const { user } = verdict as { user: ReviewedUser }
      expect(user.groups).toContain('system:serviceaccounts')
      expect(await reviews.mayRead(user, { namespace: 'default' })).toBe(true)
      expect(await reviews.mayRead(user, { namespace: 'default', verb: 'delete' })).toBe(false)
      expect((await reviews.reviewToken('made.up.token')).kind).toBe('refused')
      client.close()
    })
  })
}

interface Told {
  type: string
  object: KubeObject
}

/** The rules of the ClusterRole in the README. */
function readmeRules(): KubeObject[] {
  const readme = readFileSync(
    new URL('../../../receivers/k8s_watch/README.md', import.meta.url),
    'utf8',
  )
  const blocks = [...readme.matchAll(/```yaml\n(.*?)```/gs)].flatMap(([, text = '']) =>
    parseAllDocuments(text).map((document) => document.toJS() as KubeObject),
  )
  return blocks.find(({ kind }) => kind === 'ClusterRole')!['rules'] as KubeObject[]
}

async function watch(world: World, account: string, rules: KubeObject[], options: object = {}) {
  const token = await world.accountToken(account, rules)
  const kubeconfig = world.kubeconfigOf(token, account)
  const { settings, logged } = settingsOf('k8s_watch')
  const config = k8sWatchConfig.parse({ auth_type: 'kubeConfig', kubeconfig, ...options })
  const receiver = new K8sWatchReceiver(settings, config)
  const records: LogRecord[] = []
  receiver.batches$.subscribe((batch) => {
    for (const { logs } of (batch as Logs).groups) {
      for (let i = 0; i < logs.length; i++) records.push(logs.at(i))
    }
    batch.delivery.settle(ACCEPTED)
  })
  await receiver.start()
  const of = (namespace: string) => {
    const told = records
      .filter(({ attributes }) => attributes['k8s.namespace.name'] === namespace)
      .map(({ body }) => JSON.parse(String(body)) as Told)
    return (kind: string) => told.filter(({ object }) => object['kind'] === kind)
  }
  return { receiver, records, logged, counters: settings.counters, of }
}

async function reviewing(world: World) {
  const rules = [
    { apiGroups: ['authentication.k8s.io'], resources: ['tokenreviews'], verbs: ['create'] },
    { apiGroups: ['authorization.k8s.io'], resources: ['subjectaccessreviews'], verbs: ['create'] },
  ]
  const kubeconfig = world.kubeconfigOf(await world.accountToken('reviewer', rules), 'reviewer')
  const { settings } = settingsOf('reviews')
  const client = new KubernetesClient({ auth_type: 'kubeConfig', kubeconfig }, settings)
  await client.start()
  return { client, reviews: new Reviews(client) }
}

const versionOf = ({ metadata }: KubeObject): number => Number(metadata.resourceVersion)

const isReady = ({ status }: KubeObject): boolean =>
  ((status?.conditions ?? []) as KubeObject[]).some(
    ({ type, status: value }) => type === 'Ready' && value === 'True',
  )
