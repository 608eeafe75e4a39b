import { existsSync, mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fromNewerDebian } from '../interop/newer_debian.ts'
import { atEnd } from '../kit/cleanup.ts'
import { eventually } from '../kit/eventually.ts'
import { freePort, run, start } from '../kit/processes.ts'
import type { Program } from '../kit/processes.ts'
import { AuditLog } from './audit_log.ts'
import { controlPlane, kwok } from './build.ts'
import type { ControlPlane } from './build.ts'
import { KubeClient } from './client.ts'
import type { KubeObject } from './client.ts'
import { apiServerArgs, controllerManagerArgs, etcdArgs, schedulerConfig } from './components.ts'
import { kubeconfig, makeCredentials } from './credentials.ts'
import type { Credentials, Identity } from './credentials.ts'
import { Kubelet } from './kubelet.ts'
import { kwokConfig } from './kwok_config.ts'
import type { ScriptFor } from './played_pod.ts'
import { VERSIONS } from './versions.ts'
import type { Minor } from './versions.ts'

/** A node that the world has from the beginning. */
export interface NodeOptions {
  readonly name: string
  readonly cpu?: string
  readonly memory?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly taints?: readonly { key: string; value?: string; effect: string }[]
}

export interface WorldOptions {
  readonly minor?: Minor
  /** How many nodes kwok plays, named `kwok-1` and so on: their pods are Ready at once. */
  readonly kwokNodes?: number
  /** Nodes of scripted kubelets; one called `node-1` if not given. */
  readonly nodes?: readonly NodeOptions[]
  /** What the waits of scripts are multiplied with. */
  readonly pace?: number
  /** The address of a webhook that gets every audit event, and the file of who may sign for it. */
  readonly auditWebhook?: { readonly url: string; readonly caFile?: string }
  /** The audit policy, a file; the one that Waggle ships if not given. */
  readonly auditPolicy?: string
}

const POLICY = join(import.meta.dirname, '../../receivers/k8s_audit/policy.yaml')

/** Starts a control plane with nodes; all of it ends with the test. */
export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const world = await prepare(options)
  await world.start()
  return world
}

async function prepare(options: WorldOptions): Promise<World> {
  const { minor = '1.36', kwokNodes = 0, nodes = [{ name: 'node-1' }] } = options
  const programs = await controlPlane(minor)
  const helpers = {
    etcd: await fromNewerDebian('etcd-server', 'etcd'),
    kwok: kwokNodes > 0 ? await kwok() : '',
  }
  const dir = workFolder()
  const credentials = await makeCredentials(
    dir,
    nodes.map(({ name }) => name),
  )
  const ports = { api: await freePort(), etcd: await freePort(), peers: await freePort() }
  return new World(
    { ...options, minor, kwokNodes, nodes },
    programs,
    helpers,
    dir,
    credentials,
    ports,
  )
}

const MEMORY = '/dev/shm'

/** In memory where there is enough: etcd waits for the disk otherwise. Containers often have 64 MB. */
function workFolder(): string {
  const dir = mkdtempSync(
    join(freeBytes(MEMORY) > 2 ** 30 ? MEMORY : tmpdir(), 'waggle-kubernetes-'),
  )
  atEnd(`the folder ${dir}`, () => rmSync(dir, { recursive: true, force: true }))
  return dir
}

function freeBytes(folder: string): number {
  if (!existsSync(folder)) return 0
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize
}

type Filled = WorldOptions & Required<Pick<WorldOptions, 'minor' | 'kwokNodes' | 'nodes'>>

/** A running Kubernetes. */
export class World {
  readonly minor: Minor
  /** The release, such as `v1.36.3`. */
  readonly version: string
  readonly dir: string
  readonly url: string
  readonly credentials: Credentials
  /** The kubeconfig of an admin. */
  readonly kubeconfig: string
  readonly audit: AuditLog
  /** The API as the admin. */
  readonly admin: KubeClient
  /** The scripted kubelets by their nodes. */
  readonly kubelets = new Map<string, Kubelet>()
  /** What runs, in the order of its start. */
  readonly processes: Program[] = []
  readonly #scripts = new Map<string, ScriptFor>()
  readonly #options: Filled
  readonly #programs: ControlPlane
  readonly #helpers: { etcd: string; kwok: string }
  readonly #ports: { api: number; etcd: number; peers: number }

  constructor(
    options: Filled,
    programs: ControlPlane,
    helpers: { etcd: string; kwok: string },
    dir: string,
    credentials: Credentials,
    ports: { api: number; etcd: number; peers: number },
  ) {
    this.#options = options
    this.#programs = programs
    this.#helpers = helpers
    this.#ports = ports
    this.minor = options.minor
    this.version = VERSIONS[options.minor].version
    this.dir = dir
    this.url = `https://127.0.0.1:${ports.api}`
    this.credentials = credentials
    this.kubeconfig = this.kubeconfigOf(credentials.admin.token, 'admin')
    this.audit = new AuditLog(join(dir, 'audit.log'))
    this.admin = this.clientOf(credentials.admin, 'waggle-test')
  }

  /** Starts everything and waits until pods can be made and scheduled. */
  async start(): Promise<void> {
    await this.#startEtcd()
    await this.#startApiServer()
    await this.#startControllers()
    await this.#startNodes()
    await this.#waitUntilReady()
  }

  /** Ends everything in the reverse order of its start. */
  async stop(): Promise<void> {
    await Promise.all([...this.kubelets.values()].map((kubelet) => kubelet.stop()))
    for (const program of this.processes.toReversed()) await program.stop()
    this.admin.close()
    rmSync(this.dir, { recursive: true, force: true })
  }

  /** Runs kubectl as the admin, or as whose kubeconfig is given, and returns what it printed. */
  async kubectl(
    args: readonly string[],
    { input, kubeconfig: file = this.kubeconfig }: { input?: string; kubeconfig?: string } = {},
  ): Promise<string> {
    const env = { KUBECONFIG: file, HOME: this.dir }
    const how = input === undefined ? { env } : { env, input }
    return (await run(this.#programs.kubectl, args, how)).stdout
  }

  /** Applies objects as `kubectl apply` does. */
  async apply(...objects: readonly unknown[]): Promise<void> {
    const list = { apiVersion: 'v1', kind: 'List', items: objects }
    await this.kubectl(['apply', '-f', '-'], { input: JSON.stringify(list) })
  }

  /**
   * Makes a namespace and waits until pods can be made in it. A script says what kubelets do with its
   * pods; without one they become Ready.
   */
  async namespace(name: string, script?: ScriptFor): Promise<void> {
    if (script) this.#scripts.set(name, script)
    await this.admin.ask('POST', '/api/v1/namespaces', { body: { metadata: { name } } })
    await this.#waitForAccount(name)
  }

  /** The token of a service account, which is made together with the role that it has. */
  async accountToken(name: string, rules: readonly unknown[]): Promise<string> {
    const metadata = { name, namespace: 'default' }
    const rbac = { apiVersion: 'rbac.authorization.k8s.io/v1', metadata: { name } }
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name }
    const subjects = [{ kind: 'ServiceAccount', ...metadata }]
    await this.apply(
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
      { ...rbac, kind: 'ClusterRole', rules },
      { ...rbac, kind: 'ClusterRoleBinding', roleRef, subjects },
    )
    return (await this.kubectl(['create', 'token', name, '--namespace=default'])).trim()
  }

  /** Writes the kubeconfig of whoever has this token, and returns its file. */
  kubeconfigOf(token: string, name: string): string {
    const file = join(this.dir, `${name}.kubeconfig`)
    writeFileSync(file, kubeconfig(this.url, this.credentials.caFile, token), { mode: 0o600 })
    return file
  }

  /** The API as somebody. */
  clientOf({ token }: Identity, userAgent: string): KubeClient {
    return new KubeClient(this.url, this.credentials.ca, token, userAgent)
  }

  async #startEtcd(): Promise<void> {
    const args = etcdArgs(join(this.dir, 'etcd'), this.#ports)
    const etcd = await this.#run('etcd', this.#helpers.etcd, args)
    await etcd.waitForPort(this.#ports.etcd)
  }

  async #startApiServer(): Promise<void> {
    const { auditPolicy = POLICY, auditWebhook } = this.#options
    const files = { audit: this.audit.path, policy: auditPolicy, webhook: '' }
    if (auditWebhook) {
      files.webhook = join(this.dir, 'audit_webhook.kubeconfig')
      const { url, caFile = '' } = auditWebhook
      writeFileSync(files.webhook, kubeconfig(url, caFile, ''))
    }
    const args = apiServerArgs(this.#ports, this.credentials, files)
    await this.#run('kube-apiserver', this.#programs['kube-apiserver'], args)
    await this.#eventually(async () => void (await this.admin.ask('GET', '/readyz')))
  }

  async #startControllers(): Promise<void> {
    const { controllerManager, scheduler, caFile, accountKeyFile } = this.credentials
    const controllers = this.kubeconfigOf(controllerManager.token, 'controller_manager')
    const config = join(this.dir, 'scheduler.yaml')
    writeFileSync(config, schedulerConfig(this.kubeconfigOf(scheduler.token, 'scheduler')))
    const args = controllerManagerArgs(controllers, caFile, accountKeyFile)
    const programs = this.#programs
    await this.#run('kube-controller-manager', programs['kube-controller-manager'], args)
    const none = ['--secure-port=0', '--leader-elect=false']
    await this.#run('kube-scheduler', programs['kube-scheduler'], [`--config=${config}`, ...none])
  }

  async #startNodes(): Promise<void> {
    const { nodes, kwokNodes, pace } = this.#options
    const script: ScriptFor = (pod) => this.#scripts.get(pod['metadata'].namespace)?.(pod)
    for (const node of nodes) {
      const identity = this.credentials.kubelets.get(node.name)!
      const client = this.clientOf(
        identity,
        `kubelet/${this.version} (linux/amd64) kubernetes/$Format`,
      )
      const kubelet = new Kubelet(client, node, this.minor, { script, pace })
      this.kubelets.set(node.name, kubelet)
      atEnd(`the kubelet of ${node.name}`, () => kubelet.stop())
      await kubelet.start()
    }
    if (kwokNodes > 0) await this.#startKwok(kwokNodes)
  }

  async #startKwok(count: number): Promise<void> {
    const config = join(this.dir, 'kwok.yaml')
    writeFileSync(config, kwokConfig())
    const file = this.kubeconfigOf(this.credentials.kwok.token, 'kwok')
    const args = [`--kubeconfig=${file}`, `--config=${config}`, '--node-ip=10.0.0.1']
    const whose = '--manage-nodes-with-label-selector=type=kwok'
    // It says each patch otherwise.
    const quiet = '--v=WARN'
    // Without leases the controllers take a node for lost after 40 s.
    const leases = '--node-lease-duration-seconds=40'
    const home = join(this.dir, 'kwok')
    mkdirSync(home)
    const env = { KWOK_WORKDIR: home, HOME: home }
    await this.#run('kwok', this.#helpers.kwok, [...args, whose, quiet, leases], env)
    for (let at = 1; at <= count; at++) {
      const metadata = { name: `kwok-${at}`, labels: { type: 'kwok' } }
      await this.admin.ask('POST', '/api/v1/nodes', { body: { metadata } })
    }
  }

  async #waitUntilReady(): Promise<void> {
    const { nodes, kwokNodes } = this.#options
    await this.#waitForAccount('default')
    await this.#eventually(async () => {
      const { items } = await this.admin.ask('GET', '/api/v1/nodes')
      const open = (items as KubeObject[]).filter(({ spec, status }) => {
        const ready = status.conditions?.some(isReady)
        return (
          ready && !spec.taints?.some((taint: KubeObject) => taint['key'].includes('not-ready'))
        )
      })
      const wanted = nodes.length + kwokNodes
      if (open.length < wanted) throw new Error(`${open.length} of ${wanted} nodes are ready`)
    })
  }

  async #waitForAccount(namespace: string): Promise<void> {
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/default`
    await this.#eventually(async () => void (await this.admin.ask('GET', path)))
  }

  async #run(
    name: string,
    command: string,
    args: readonly string[],
    env: Record<string, string> = {},
  ): Promise<Program> {
    const program = await start(command, args, { name, env, graceMs: 10_000, cwd: this.dir })
    this.processes.push(program)
    return program
  }

  /** Tries until it works; fails when a program has ended, with what that printed. */
  async #eventually(attempt: () => Promise<void>): Promise<void> {
    const failed = () => this.processes.find(({ exit }) => exit)
    const first = async () => (failed() ? undefined : attempt())
    await eventually(first, { timeoutMs: 120_000, intervalMs: 50 })
    const dead = failed()
    if (dead) throw new Error(`${dead.name} ended. It printed:\n${dead.output.slice(-4_000)}`)
  }
}

const isReady = ({ type, status }: KubeObject) => type === 'Ready' && status === 'True'
