import { describe, expect, it } from 'vitest'
import { eventually } from '../../kit/eventually.ts'
import type { KubeObject } from '../../kubernetes/client.ts'
import { deployment, isReady, untilReady, untilSaid } from '../../kubernetes/scenarios_kit.ts'
import { healthy } from '../../kubernetes/scripts.ts'
import type { World } from '../../kubernetes/world.ts'

// A busy machine is no failure.
const PATIENCE = { timeoutMs: 90_000 }

/** That a world does what a Kubernetes does, and writes it down. */
export function startsPods(world: () => World): void {
  describe('a world', () => {
    it('makes the pods of a Deployment Ready, and its audit log has every step', async () => {
      await world().namespace('starts', () => healthy({ pull: 0.1 }))
      const where = ['--namespace=starts', '--image=registry.example.com/shop/web:1']
      await world().kubectl(['create', 'deployment', 'web', '--replicas=2', ...where])
      await untilReady(world(), 'starts', 2)
      await untilSaid(world(), 'starts', 'Started', 2)
      const { items } = await world().admin.ask('GET', '/api/v1/namespaces/starts/pods')
      for (const pod of items as KubeObject[]) {
        // An event of the scheduler is written in the scheduler's own time.
        await eventually(() => {
          expect(stepsOf(world(), pod['metadata'].name)).toEqual(
            expect.arrayContaining([
              'binding by kube-scheduler',
              'status by kubelet: PodReadyToStartContainers, Initialized, Ready, ContainersReady',
              expect.stringMatching(/^status by kubelet: .*Ready, ContainersReady$/),
              'event by kube-scheduler: Scheduled',
              'event by kubelet: Pulling',
              'event by kubelet: Pulled',
              'event by kubelet: Created',
              'event by kubelet: Started',
            ]),
          )
        }, PATIENCE)
        expect(isReady(pod)).toBe(true)
      }
      const created = world().audit.events().filter(isCreationIn('starts'))
      expect(created).toHaveLength(2)
      expect(problemsOf(world())).toEqual([])
    })

    it('stops a deleted pod before it lets go of it', async () => {
      await world().namespace('stops', () => async (pod) => {
        pod.stopSeconds = 0.2
        await healthy({ pull: 0.1 })(pod)
      })
      await world().apply(deployment('stops'))
      await untilReady(world(), 'stops')
      await world().kubectl(['delete', 'deployment', 'web', '--namespace=stops'])
      await eventually(() => {
        const deletions = world()
          .audit.events()
          .filter(({ verb, objectRef }) => {
            return (
              verb === 'delete' && objectRef.resource === 'pods' && objectRef.namespace === 'stops'
            )
          })
          .map(({ userAgent }) => agentOf(userAgent))
        expect(deletions).toEqual(['kube-controller-manager', 'kubelet'])
      }, PATIENCE)
    })

    it('has the real scheduler say why a pod cannot run', async () => {
      await world().namespace('unschedulable')
      const container = { resources: { requests: { cpu: '64' } } }
      await world().apply(deployment('unschedulable', { container }))
      await untilSaid(world(), 'unschedulable', 'FailedScheduling')
      const events = await world().kubectl(['get', 'events', '--namespace=unschedulable'])
      expect(events).toMatch(/0\/2 nodes are available: 2 Insufficient cpu\./)
    })

    it('lets a service account do what its role says and nothing else', async () => {
      const rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['list'] }]
      const token = await world().accountToken('reader', rules)
      const kubeconfig = world().kubeconfigOf(token, 'reader')
      await world().kubectl(['get', 'pods'], { kubeconfig })
      await expect(world().kubectl(['get', 'secrets'], { kubeconfig })).rejects.toThrow(
        'secrets is forbidden: User "system:serviceaccount:default:reader" cannot list resource',
      )
    })
  })
}

/** What the audit log has of a pod after its creation, each step in a line. */
function stepsOf(world: World, name: string): string[] {
  return world.audit.events().flatMap(({ objectRef, userAgent, requestObject }) => {
    const by = `by ${agentOf(userAgent)}`
    if (objectRef.resource === 'events' && eventTarget(requestObject) === name) {
      return [`event ${by}: ${requestObject.reason}`]
    }
    if (objectRef.resource !== 'pods' || objectRef.name !== name) return []
    if (objectRef.subresource !== 'status') return [`${objectRef.subresource} ${by}`]
    const conditions = (requestObject.status.conditions ?? []) as KubeObject[]
    const types = conditions.filter(({ status }) => status).map(({ type }) => type)
    return [`status ${by}: ${types.join(', ')}`]
  })
}

const eventTarget = (event: KubeObject | undefined): unknown =>
  (event?.['involvedObject'] ?? event?.['regarding'])?.name

const agentOf = (userAgent: string): string => userAgent.split('/')[0]!

const isCreationIn =
  (namespace: string) =>
  ({ verb, objectRef, responseStatus }: KubeObject): boolean =>
    verb === 'create' &&
    objectRef.resource === 'pods' &&
    objectRef.namespace === namespace &&
    objectRef.subresource === undefined &&
    responseStatus.code === 201

/** What went wrong in scripts. */
const problemsOf = (world: World): string[] =>
  [...world.kubelets.values()].flatMap(({ problems }) => problems)
