import { readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import type { Surroundings } from './access.ts'
import type { ApiAccessConfig } from './access_config.ts'

/*
 * The parts of a kubeconfig that are used (client-go tools/clientcmd/api/v1/types.go). What stands
 * there besides is left alone, as kubectl leaves it.
 */

const text = z.string().min(1).optional().catch(undefined)

const cluster = z.object({
  server: z.string().min(1),
  'certificate-authority': text,
  'certificate-authority-data': text,
  'insecure-skip-tls-verify': z.boolean().default(false),
  'tls-server-name': text,
  'proxy-url': text,
})

const exec = z.object({
  apiVersion: z.string(),
  command: z.string().min(1),
  args: z.array(z.string()).nullish(),
  env: z.array(z.object({ name: z.string(), value: z.string() })).nullish(),
  provideClusterInfo: z.boolean().default(false),
  installHint: text,
})

const user = z.object({
  'client-certificate': text,
  'client-certificate-data': text,
  'client-key': text,
  'client-key-data': text,
  token: text,
  tokenFile: text,
  username: text,
  password: text,
  as: text,
  'as-groups': z.array(z.string()).nullish(),
  exec: exec.nullish(),
  'auth-provider': z.object({ name: z.string() }).nullish(),
})

const context = z.object({ cluster: z.string(), user: z.string().default('') })

const named = <T extends z.ZodType>(key: string, value: T) =>
  z.array(z.object({ name: z.string(), [key]: value })).nullish()

const kubeconfig = z.object({
  'current-context': text,
  clusters: named('cluster', cluster),
  users: named('user', user.nullish()),
  contexts: named('context', context),
})

/** A cluster of a kubeconfig. */
export type KubeCluster = z.output<typeof cluster>
/** A user of a kubeconfig. */
export type KubeUser = z.output<typeof user>
/** A program that gets credentials. */
export type KubeExec = z.output<typeof exec>

/** What one context of a kubeconfig says, with paths that are absolute. */
export interface KubeContext {
  readonly cluster: KubeCluster
  readonly user: KubeUser
}

/** The files that are read, as kubectl finds them. */
export function kubeconfigPaths(
  { kubeconfig: given }: Pick<ApiAccessConfig, 'kubeconfig'>,
  { env, home }: Pick<Surroundings, 'env' | 'home'>,
): readonly string[] {
  const list = (given ?? env['KUBECONFIG'] ?? '').split(':').filter(Boolean)
  return list.length > 0 ? list : [join(home, '.kube', 'config')]
}

/** Reads a context. Rejects with what is wrong and in which file. */
export async function readKubeContext(
  config: Pick<ApiAccessConfig, 'kubeconfig' | 'context'>,
  around: Pick<Surroundings, 'env' | 'home'>,
): Promise<KubeContext> {
  const paths = kubeconfigPaths(config, around)
  const files = await Promise.all(paths.map((path) => readOne(path, paths.length > 1)))
  const place = `kubeconfig ${paths.join(':')}`
  // As kubectl merges them: of several that say the same thing, the first is right.
  const current = files.map((file) => file.current).find((name) => name !== undefined)
  const name = config.context ?? current
  if (name === undefined) throw new Error(`${place}: no current-context, set context`)
  const chosen = find(files, 'contexts', name, place)
  const found = find(files, 'clusters', chosen.cluster, place)
  const nobody = user.parse({})
  return {
    cluster: found,
    user: chosen.user === '' ? nobody : (find(files, 'users', chosen.user, place) ?? nobody),
  }
}

interface ReadFile {
  readonly current: string | undefined
  readonly contexts: ReadonlyMap<string, z.output<typeof context>>
  readonly clusters: ReadonlyMap<string, KubeCluster>
  readonly users: ReadonlyMap<string, KubeUser>
}

async function readOne(path: string, mayBeMissing: boolean): Promise<ReadFile> {
  const content = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (mayBeMissing && cause.code === 'ENOENT') return ''
    throw new Error(`read kubeconfig ${path}`, { cause })
  })
  const parsed = kubeconfig.safeParse(yamlOf(path, content) ?? {})
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new Error(`kubeconfig ${path}: ${issue?.path.join('.')}: ${issue?.message}`)
  }
  const { data } = parsed
  const dir = dirname(path)
  return {
    current: data['current-context'],
    contexts: byName(data.contexts, 'context') as ReadFile['contexts'],
    clusters: byName(data.clusters, 'cluster', dir) as ReadFile['clusters'],
    users: byName(data.users, 'user', dir) as ReadFile['users'],
  }
}

function yamlOf(path: string, content: string): unknown {
  try {
    return parse(content, { logLevel: 'error' })
  } catch (cause) {
    // What stands in the file may be secret: the error says where it is wrong, not what is there.
    const [place] = (cause as { linePos?: { line: number }[] }).linePos ?? []
    throw new Error(`kubeconfig ${path}: no YAML${place ? ` (line ${place.line})` : ''}`)
  }
}

const PATHS = ['certificate-authority', 'client-certificate', 'client-key', 'tokenFile']

function byName(
  list: readonly Readonly<Record<string, unknown>>[] | null | undefined,
  key: string,
  dir?: string,
): ReadonlyMap<string, unknown> {
  const pairs = (list ?? []).map((entry): [string, unknown] => {
    const value = entry[key] as Record<string, unknown> | null | undefined
    if (dir === undefined || !value) return [String(entry['name']), value]
    const paths = PATHS.filter((name) => typeof value[name] === 'string')
    const absolute = paths.map((name) => [name, resolve(dir, value[name] as string)])
    return [String(entry['name']), { ...value, ...Object.fromEntries(absolute) }]
  })
  return new Map(pairs.toReversed())
}

function find<K extends 'contexts' | 'clusters' | 'users'>(
  files: readonly ReadFile[],
  kind: K,
  name: string,
  place: string,
): ReadFile[K] extends ReadonlyMap<string, infer V> ? V : never {
  const file = files.find((one) => one[kind].has(name))
  if (file) return file[kind].get(name) as never
  const known = files.flatMap((one) => [...one[kind].keys()]).slice(0, 20)
  const list = known.length > 0 ? `, it has ${known.join(', ')}` : ''
  throw new Error(`${place}: no ${kind.slice(0, -1)} is called ${name}${list}`)
}
