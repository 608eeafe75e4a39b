import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type CgroupOwner, NO_OWNER } from './container.ts'
import { NO_NAMES, readContainerNames } from './container_names.ts'
import { ContainerTable } from './container_table.ts'

const ID = '40c03570b6f4c30bc8d69923d37ee698f5cfcced92c7b7df1c47f6f7887378a9'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'root-'))
})
afterEach(() => rmSync(root, { recursive: true }))

function write(path: string, content: unknown): void {
  const file = join(root, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
}

const owner = (runtime: string, uid = ''): CgroupOwner => ({
  ...NO_OWNER,
  containerId: ID,
  runtime,
  uid,
})

const POD = {
  'io.kubernetes.container.name': 'web',
  'io.kubernetes.pod.name': 'shop-1',
  'io.kubernetes.pod.namespace': 'prod',
}
const IN_POD = { name: '', k8sContainer: 'web', k8sPod: 'shop-1', k8sNamespace: 'prod' }

describe('the names of a container', () => {
  it('are those that Docker wrote down', () => {
    write(`var/lib/docker/containers/${ID}/config.v2.json`, { ID, Name: '/shop-web-1' })
    const names = { ...NO_NAMES, name: 'shop-web-1', runtime: 'docker' }
    expect(readContainerNames(root, owner('docker'))).toEqual(names)
    expect(readContainerNames(root, owner(''))).toEqual(names)
  })

  it("are Kubernetes' as well where Docker has its labels", () => {
    const config = { Name: '/k8s_web_shop-1', Config: { Labels: POD } }
    write(`var/lib/docker/containers/${ID}/config.v2.json`, config)
    const names = { ...IN_POD, name: 'k8s_web_shop-1', runtime: 'docker' }
    expect(readContainerNames(root, owner('docker'))).toEqual(names)
  })

  it.each(['run/containerd', 'run/k3s/containerd', 'var/snap/microk8s/common/run/containerd'])(
    'are those that containerd wrote down in %s',
    (folder) => {
      const annotations = {
        'io.kubernetes.cri.container-name': 'web',
        'io.kubernetes.cri.sandbox-name': 'shop-1',
        'io.kubernetes.cri.sandbox-namespace': 'prod',
      }
      const bundle = `${folder}/io.containerd.runtime.v2.task/k8s.io/${ID}`
      write(`${bundle}/config.json`, { annotations })
      const names = { ...IN_POD, runtime: 'containerd' }
      expect(readContainerNames(root, owner('containerd'))).toEqual(names)
      expect(readContainerNames(root, owner(''))).toEqual(names)
    },
  )

  it.each(['run', 'var/lib'])('are those that CRI-O wrote down in %s', (folder) => {
    const bundle = `${folder}/containers/storage/overlay-containers/${ID}/userdata`
    write(`${bundle}/config.json`, { annotations: POD })
    const names = { ...IN_POD, runtime: 'cri-o' }
    expect(readContainerNames(root, owner('cri-o'))).toEqual(names)
    expect(readContainerNames(root, owner(''))).toEqual(names)
  })

  it.each(['containers.json', 'volatile-containers.json'])('are those in %s of podman', (index) => {
    const entries = [
      { id: 'other', names: ['no'] },
      { id: ID, names: ['web', 'alias'] },
    ]
    write(`var/lib/containers/storage/overlay-containers/${index}`, entries)
    const names = { ...NO_NAMES, name: 'web', runtime: 'podman' }
    expect(readContainerNames(root, owner('podman'))).toEqual(names)
    expect(readContainerNames(root, owner(''))).toEqual(names)
  })

  it("are found in the user's home where the runtime is the user's", () => {
    write('etc/passwd', 'root:x:0:0::/root:/bin/sh\nann:x:1000:1000:Ann,,,:/home/ann:/bin/sh\n')
    const podman = 'home/ann/.local/share/containers/storage/overlay-containers'
    write(`${podman}/containers.json`, [{ id: ID, names: ['hers'] }])
    const docker = `home/ann/.local/share/docker/containers/${ID}`
    write(`${docker}/config.v2.json`, { Name: '/hers-too' })
    expect(readContainerNames(root, owner('podman', '1000'))?.name).toBe('hers')
    expect(readContainerNames(root, owner('docker', '1000'))?.name).toBe('hers-too')
    expect(readContainerNames(root, owner('podman', '1001'))).toBeUndefined()
    expect(readContainerNames(root, owner('podman'))).toBeUndefined()
  })

  const PATH = `var/lib/docker/containers/${ID}/config.v2.json`
  it.each([
    ['is missing', () => {}],
    ['is cut off', () => write(PATH, '{"Name": "/we')],
    ['is empty', () => write(PATH, '')],
    ['holds something else', () => write(PATH, '["Name"]')],
    ['has no name', () => write(PATH, '{"Name": {"a": 1}}')],
    ['is larger than 1 MiB', () => write(PATH, { Name: 'x'.repeat(1024 * 1024) })],
    ['is a folder', () => mkdirSync(join(root, PATH), { recursive: true })],
    [
      'is a pipe that nobody writes to',
      () => {
        mkdirSync(join(root, dirname(PATH)), { recursive: true })
        execFileSync('mkfifo', [join(root, PATH)])
      },
    ],
  ])('are none where the file %s', (_, make) => {
    make()
    expect(readContainerNames(root, owner('docker'))).toBeUndefined()
  })
})

describe('the table of containers', () => {
  let nowMs: number
  let table: ContainerTable
  beforeEach(() => {
    nowMs = 0
    table = new ContainerTable({ roots: [join(root, 'own'), root], limit: 2, now: () => nowMs })
  })

  const id = (digit: string): string => digit.repeat(64)
  const nameOf = (digit: string): string =>
    table.namesOf({ ...NO_OWNER, containerId: id(digit), runtime: 'docker' }).name
  const make = (digit: string, name: string, place = ''): void =>
    write(`${place}var/lib/docker/containers/${id(digit)}/config.v2.json`, { Name: name })

  it('has no names for what is in no container', () => {
    expect(table.namesOf(NO_OWNER)).toBe(NO_NAMES)
  })

  it('looks in each place, its own files first', () => {
    make('a', 'hosts')
    make('b', 'hosts')
    make('b', 'own', 'own/')
    expect([nameOf('a'), nameOf('b')]).toEqual(['hosts', 'own'])
  })

  it('reads a container once, and looks again after a minute for one that was not there', () => {
    make('a', 'first')
    expect([nameOf('a'), nameOf('b')]).toEqual(['first', ''])
    make('a', 'second')
    make('b', 'late')
    nowMs = 59_999
    expect([nameOf('a'), nameOf('b')]).toEqual(['first', ''])
    nowMs = 60_000
    expect([nameOf('a'), nameOf('b')]).toEqual(['first', 'late'])
  })

  it('keeps as many as it may', () => {
    for (const digit of ['a', 'b', 'c']) make(digit, 'first')
    for (const digit of ['a', 'b', 'c']) nameOf(digit)
    for (const digit of ['a', 'b', 'c']) make(digit, 'second')
    expect([nameOf('c'), nameOf('b'), nameOf('a')]).toEqual(['first', 'first', 'second'])
  })
})
