import { writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { deliveryOf } from '../../../extensions/delivery_api/fixtures.ts'
import { endTrials, trialOf } from '../../../extensions/delivery_api/trial.ts'
import { tempDir } from '../../kit/temp_dir.ts'
import type { World } from '../../kubernetes/world.ts'

const deploy = join(import.meta.dirname, '../../../deploy/delivery')
const ACCOUNT = 'system:serviceaccount:waggle:waggle-delivery'

/** That an API server takes the manifests of deploy/delivery, and what their rights allow. */
export function deliveryManifests(world: () => World): void {
  describe('the manifests of pod delivery', () => {
    beforeAll(() => world().kubectl(['create', 'namespace', 'waggle']))

    it.each(['audit_file', 'webhook', 'watch'])(
      'of %s are taken, also with the API open',
      async (folder) => {
        const dry = ['apply', '--dry-run=server', '--output=name']
        const alone = await world().kubectl([...dry, '-k', join(deploy, folder)])
        expect(alone).toContain('deployment.apps/waggle-delivery')
        const overlay = tempDir('overlay')
        const path = (name: string): string => relative(overlay, join(deploy, name))
        const kustomization = { resources: [path(folder)], components: [path('serve')] }
        writeFileSync(join(overlay, 'kustomization.yaml'), JSON.stringify(kustomization))
        const open = await world().kubectl([...dry, '-k', overlay])
        expect(open).toContain('service/waggle-delivery\n')
      },
    )

    it('allow to watch what is needed and to ask for reviews, and nothing else', async () => {
      const apply = (file: string): Promise<unknown> =>
        world().kubectl(['apply', '--namespace=waggle', '-f', join(deploy, file)])
      await apply('base/service_account.yaml')
      expect(await rightsOf(world())).toEqual([])
      await apply('watch/cluster_role.yaml')
      const watched = ['pods', 'events', 'events.events.k8s.io', 'replicasets.apps', 'jobs.batch']
      const watching = watched.flatMap((resource) => [`list ${resource}`, `watch ${resource}`])
      expect(await rightsOf(world())).toEqual(watching.toSorted())
      await apply('serve/cluster_role_binding.yaml')
      const reviews = [
        'create subjectaccessreviews.authorization.k8s.io',
        'create tokenreviews.authentication.k8s.io',
      ]
      expect(await rightsOf(world())).toEqual([...watching, ...reviews].toSorted())
    })
  })

  describe('[3.9] delivery_api in a cluster', () => {
    afterAll(endTrials)

    it('shows each the pods that they may get themselves', async () => {
      const run = (...args: string[]): Promise<string> => world().kubectl(args)
      await run('create', 'namespace', 'asked')
      const rules = [
        { apiGroups: ['authentication.k8s.io'], resources: ['tokenreviews'], verbs: ['create'] },
        {
          apiGroups: ['authorization.k8s.io'],
          resources: ['subjectaccessreviews'],
          verbs: ['create'],
        },
      ]
      const kubeconfig = world().kubeconfigOf(
        await world().accountToken('delivery-api', rules),
        'delivery-api',
      )
      await run('create', 'serviceaccount', 'ada', '--namespace=asked')
      await run('create', 'role', 'pods', '--namespace=asked', '--verb=get', '--resource=pods')
      await run(
        'create',
        'rolebinding',
        'ada',
        '--namespace=asked',
        '--role=pods',
        '--serviceaccount=asked:ada',
      )
      const token = (await run('create', 'token', 'ada', '--namespace=asked')).trim()
      const deliveries = [
        deliveryOf({ pod: { namespace: 'asked', uid: 'a' } }),
        deliveryOf({ pod: { namespace: 'other', uid: 'b' } }),
      ]
      const auth = { kubernetes: { auth_type: 'kubeConfig', kubeconfig } }
      const trial = await trialOf(deliveries, { auth })
      const statusOf = async (path: string, bearer = token): Promise<number> =>
        (await trial.get(path, { authorization: `Bearer ${bearer}` })).status
      expect(await statusOf('/api/v1/pods/asked/web-1')).toBe(200)
      expect(await statusOf('/api/v1/pods/other/web-1')).toBe(403)
      expect(await statusOf('/api/v1/pods/asked/web-1', 'nonsense')).toBe(401)
      const list = await trial.get('/api/v1/deliveries', { authorization: `Bearer ${token}` })
      expect(await list.json()).toMatchObject({ deliveries: [{ pod: { uid: 'a' } }], more: false })
    })
  })
}

/** What the account may do of what an agent might want, in all namespaces. */
async function rightsOf(world: World): Promise<string[]> {
  const resources = [
    'pods',
    'events',
    'events.events.k8s.io',
    'replicasets.apps',
    'deployments.apps',
    'jobs.batch',
    'nodes',
    'secrets',
    'configmaps',
    'pods/log',
    'pods/exec',
    'tokenreviews.authentication.k8s.io',
    'subjectaccessreviews.authorization.k8s.io',
  ]
  const verbs = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete']
  const wishes = resources.flatMap((resource) => verbs.map((verb) => ({ verb, resource })))
  const answers = await Promise.all(wishes.map((wish) => mayDo(world, wish)))
  return wishes
    .filter((_, i) => answers[i])
    .map(({ verb, resource }) => `${verb} ${resource}`)
    .toSorted()
}

async function mayDo(
  world: World,
  { verb, resource: whole }: { verb: string; resource: string },
): Promise<boolean> {
  const [name = '', ...group] = whole.split('.')
  const [resource, subresource] = name.split('/')
  const resourceAttributes = { verb, resource, subresource, group: group.join('.') }
  const groups = ['system:serviceaccounts', 'system:serviceaccounts:waggle', 'system:authenticated']
  const review = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: { user: ACCOUNT, groups, resourceAttributes },
  }
  const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews'
  const { status } = (await world.admin.ask('POST', path, { body: review })) as {
    status: { allowed: boolean }
  }
  return status.allowed
}
