import { invalidImage, neverPulled } from '../kubelet_texts.ts'
import type { Scenario } from '../scenario.ts'
import { deployment, untilReady, untilSaid } from '../scenarios_kit.ts'
import { begin, healthy } from '../scripts.ts'

const IMAGE = 'registry.example.com/shop/web:no-such-tag'

// What containerd says of a tag that a registry does not have; the kubelet passes it on.
const NOT_FOUND =
  'rpc error: code = NotFound desc = failed to pull and unpack image ' +
  `"${IMAGE}": failed to resolve reference "${IMAGE}": ${IMAGE}: not found`

const DENIED =
  'rpc error: code = Unknown desc = failed to pull and unpack image ' +
  '"registry.example.com/private/api:2": failed to resolve reference ' +
  '"registry.example.com/private/api:2": pull access denied, repository does not exist or may ' +
  'require authorization: server message: insufficient_scope: authorization failed'

// github.com/distribution/reference v0.6.0, normalize.go.
const UPPER_CASE = 'invalid reference format: repository name (Shop/Web) must be lowercase'

const failsForever =
  (error: string): NonNullable<Scenario['script']> =>
  () =>
  async (pod) => {
    await begin(pod)
    // images/image_manager.go: ten seconds, doubled each time.
    for (let seconds = 10; ; seconds *= 2) {
      await pod.pullFails('app', error)
      for (let waited = 0; waited < seconds; waited += 10) {
        await pod.wait(1)
        await pod.pullBacksOff('app', error)
        await pod.wait(9)
      }
    }
  }

/** Images that take their time or never come. */
export const images: readonly Scenario[] = [
  {
    name: 'slow_image_pull',
    script: () => healthy({ pull: 38, pullWaits: 2 }),
    run: async (world, namespace) => {
      await world.apply(deployment(namespace))
      await untilReady(world, namespace)
    },
  },
  {
    name: 'image_not_found',
    script: failsForever(NOT_FOUND),
    run: async (world, namespace) => {
      await world.apply(deployment(namespace, { container: { image: IMAGE } }))
      await untilSaid(world, namespace, 'Pulling', 4)
    },
  },
  {
    name: 'image_access_denied',
    script: failsForever(DENIED),
    run: async (world, namespace) => {
      const image = 'registry.example.com/private/api:2'
      await world.apply(deployment(namespace, { container: { image } }))
      await untilSaid(world, namespace, 'Pulling', 2)
    },
  },
  {
    name: 'image_never_pulled',
    script: () => async (pod) => {
      await begin(pod)
      for (;;) {
        const text = neverPulled('registry.example.com/shop/web:1.4.2')
        await pod.say('Warning', 'ErrImageNeverPull', text, 'app')
        await pod.createFails('app', 'ErrImageNeverPull', text, 'ErrImageNeverPull')
        await pod.wait(3)
      }
    },
    run: async (world, namespace) => {
      await world.apply(deployment(namespace, { container: { imagePullPolicy: 'Never' } }))
      await untilSaid(world, namespace, 'ErrImageNeverPull', 3)
    },
  },
  {
    name: 'image_name_invalid',
    script: () => async (pod) => {
      await begin(pod)
      for (;;) {
        const text = invalidImage('registry.example.com/Shop/Web', UPPER_CASE)
        await pod.say('Warning', 'InspectFailed', text, 'app')
        await pod.createFails('app', 'InvalidImageName', text, 'InvalidImageName')
        await pod.wait(3)
      }
    },
    run: async (world, namespace) => {
      const image = 'registry.example.com/Shop/Web'
      await world.apply(deployment(namespace, { container: { image } }))
      await untilSaid(world, namespace, 'InspectFailed', 3)
    },
  },
]
