import { beforeAll, describe } from 'vitest'
import { controlPlane, kwok } from '../kubernetes/build.ts'
import { MINORS } from '../kubernetes/versions.ts'
import { startWorld } from '../kubernetes/world.ts'
import type { World } from '../kubernetes/world.ts'
import { cleansUp } from '../kit/fixtures.ts'
import { besideAnother } from './kubernetes/beside_another.ts'
import { deliveryManifests } from './kubernetes/delivery_manifests.ts'
import { deliversLive } from './kubernetes/delivers.ts'
import { startsPods } from './kubernetes/starts_pods.ts'
import { watchesPods } from './kubernetes/watches.ts'

cleansUp()

// Made before the first test: each is built once, in some minutes.
beforeAll(async () => {
  for (const minor of MINORS) await controlPlane(minor)
  await kwok()
}, 60 * 60_000)

describe.each(MINORS)('Kubernetes %s', (minor) => {
  let running: World
  beforeAll(async () => {
    running = await startWorld({ minor, nodes: [{ name: 'node-1' }, { name: 'node-2' }] })
    return () => running.stop()
  }, 300_000)
  const world = () => running

  // Each part has a file of its own in kubernetes/, with namespaces of its own.
  startsPods(world)
  watchesPods(world)
  deliveryManifests(world)
  deliversLive(world)
  besideAnother(world)
})
