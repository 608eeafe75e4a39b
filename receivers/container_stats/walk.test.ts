import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ID, Machine } from './containers_for_tests.ts'
import { findTargets } from './walk.ts'

let machine: Machine
let root: string
beforeEach(() => {
  machine = new Machine()
  root = join(machine.folder, 'v2')
})
afterEach(() => machine.remove())

const turns = { next: async (): Promise<void> => {} }

describe('a walk', () => {
  it('finds containers with all cgroups that their processes may be in', async () => {
    const targets = await findTargets({ unified: root, v1: new Map() }, { units: false, turns })
    expect([...targets.keys()].toSorted()).toEqual([ID['a'], ID['b'], ID['c'], ID['e']])
    const { owner, folders, inside, path } = targets.get(ID['b']!)!
    expect(owner).toMatchObject({ containerId: ID['b'], runtime: 'containerd' })
    expect(folders).toEqual({ unified: root + path })
    expect(inside).toEqual([root + path, `${root}${path}/init`])
  })

  it('finds a container by its id in each hierarchy of v1', async () => {
    const v1 = join(machine.folder, 'v1')
    const shared = join(v1, 'cpu,cpuacct')
    const roots = [
      ['cpu', shared],
      ['cpuacct', shared],
      ['memory', join(v1, 'memory')],
    ] as const
    const hierarchies = { unified: undefined, v1: new Map(roots) }
    const targets = await findTargets(hierarchies, { units: false, turns })
    const folder = `docker/${ID['a']}`
    expect(targets.get(ID['a']!)!.folders).toEqual({
      cpu: join(shared, folder),
      cpuacct: join(shared, folder),
      memory: join(v1, 'memory', folder),
    })
  })

  it.each([1, 2, 4, 8])('goes on when all is gone after %i cgroups, and says so', async (last) => {
    let [seen, gone] = [0, 0]
    const next = async (): Promise<void> => {
      if (++seen === last) rmSync(root, { recursive: true })
    }
    const onGone = (): void => void gone++
    await findTargets({ unified: root, v1: new Map() }, { units: true, turns: { next }, onGone })
    expect(seen).toBe(last)
    expect(gone).toBeGreaterThan(0)
  })

  it('ends where there are too many', async () => {
    const walking = findTargets({ unified: root, v1: new Map() }, { units: false, turns, limit: 3 })
    await expect(walking).rejects.toThrow(`there are more than 3 cgroups in ${root}`)
  })
})
