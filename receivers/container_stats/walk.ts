import { readdirSync, statSync } from 'node:fs'
import { type CgroupOwner, NO_OWNER, ownerOf } from '../../src/helpers/container.ts'
import { isGone } from '../../src/helpers/scraper.ts'
import type { Turns } from '../../src/helpers/turns.ts'
import type { Controller, Hierarchies } from './hierarchies.ts'

/** Directories that are looked at in each hierarchy. */
const MAX_CGROUPS = 16_384

/** Where a cgroup's directories are: `unified` in the v2 hierarchy, the others in those of v1. */
export type CgroupFolders = Partial<Record<Controller | 'unified', string>>

/** A container, or a systemd service, and its cgroups. */
export interface Target {
  /** Id of the container, or path of the service. */
  readonly key: string
  readonly owner: CgroupOwner
  /** Below the root of the hierarchy that it was found in first. */
  readonly path: string
  readonly folders: CgroupFolders
  /** Names this cgroup and no later one of the same path: inode of the first folder. */
  readonly inode: number
  /** Folders in which its processes may be: its own and those below that are nobody else's. */
  readonly inside: string[]
}

/** What is looked for. */
export interface WalkOptions {
  /** Services of systemd too. */
  readonly units: boolean
  readonly turns: Pick<Turns, 'next'>
  readonly limit?: number
  /** Told of each directory that disappeared while it was looked at. */
  readonly onGone?: () => void
}

interface Open {
  readonly path: string
  readonly owner: CgroupOwner
  readonly target: Target | undefined
}

/**
 * Finds every container in the hierarchies, by id. What disappears meanwhile is not there; a hierarchy
 * of more than 16,384 cgroups throws.
 */
export async function findTargets(
  { unified, v1 }: Hierarchies,
  options: WalkOptions,
): Promise<ReadonlyMap<string, Target>> {
  const targets = new Map<string, Target>()
  if (unified !== undefined) await walk(unified, ['unified'], targets, options)
  for (const root of new Set(v1.values())) {
    const controllers = [...v1].filter(([, other]) => other === root).map(([name]) => name)
    await walk(root, controllers, targets, options)
  }
  return targets
}

async function walk(
  root: string,
  names: readonly (keyof CgroupFolders)[],
  targets: Map<string, Target>,
  { units, turns, limit = MAX_CGROUPS, onGone = () => {} }: WalkOptions,
): Promise<void> {
  const open: Open[] = [{ path: '', owner: NO_OWNER, target: undefined }]
  let seen = 0
  for (let at = open.pop(); at; at = open.pop()) {
    if (++seen > limit) throw new Error(`there are more than ${limit} cgroups in ${root}`)
    const folder = root + at.path
    const stat = statSync(folder, { throwIfNoEntry: false })
    if (!stat) {
      onGone()
      continue
    }
    const owner = at.path === '' ? NO_OWNER : ownerOf(at.path)
    const key = keyOf(owner, at, units)
    const target = key === '' ? at.target : known(targets, key, owner, at.path, stat.ino)
    target?.inside.push(folder)
    if (key !== '') for (const name of names) target!.folders[name] ??= folder
    await turns.next()
    // A directory has a link for its name, one for its `.`, and one from each directory in it.
    if (stat.nlink === 2) continue
    for (const name of foldersIn(folder, onGone))
      open.push({ path: `${at.path}/${name}`, owner, target })
  }
}

/** Empty where a container or service does not begin here. */
function keyOf(owner: CgroupOwner, { path, owner: around }: Open, units: boolean): string {
  if (owner.containerId !== '')
    return owner.containerId === around.containerId ? '' : owner.containerId
  if (!units || owner.podUid !== '' || owner.unit === around.unit) return ''
  return owner.unit.endsWith('.service') ? path : ''
}

function known(
  targets: Map<string, Target>,
  key: string,
  owner: CgroupOwner,
  path: string,
  inode: number,
): Target {
  const target = targets.get(key) ?? { key, owner, path, folders: {}, inode, inside: [] }
  targets.set(key, target)
  return target
}

function foldersIn(folder: string, onGone: () => void): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true })
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  } catch (error) {
    if (!isGone(error)) throw error
    onGone()
    return []
  }
}
