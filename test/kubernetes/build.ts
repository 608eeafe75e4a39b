import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cacheRoot } from '../kit/cache.ts'
import { locked } from '../kit/lock.ts'
import { run } from '../kit/processes.ts'
import { findProgram } from '../kit/programs.ts'
import { KWOK, MINORS, VERSIONS } from './versions.ts'
import type { Kubernetes, Minor } from './versions.ts'

type Say = (line: string) => unknown

const COMMANDS = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubectl'] as const

/** The programs of a control plane, by their paths. */
export type ControlPlane = Readonly<Record<(typeof COMMANDS)[number], string>>

const aloud: Say = (line) => process.stderr.write(line)

/**
 * The programs of a Kubernetes, built from its Go modules. Built once, in ten to twenty minutes, and
 * kept outside the checkout. Rejects where Go is missing.
 */
export async function controlPlane(minor: Minor, say: Say = aloud): Promise<ControlPlane> {
  const wanted = VERSIONS[minor]
  const folder = folderOf(minor)
  await built(folder, `Kubernetes ${wanted.version}`, say, (work) => buildKubernetes(wanted, work))
  return Object.fromEntries(COMMANDS.map((name) => [name, join(folder, name)])) as ControlPlane
}

/** Whether the programs of a Kubernetes are there already, so that a world of it starts at once. */
export const isBuilt = (minor: Minor): boolean => existsSync(folderOf(minor))

/** The path of kwok, built like the control plane. */
export async function kwok(say: Say = aloud): Promise<string> {
  const folder = join(cacheRoot(), 'kubernetes', `kwok-${KWOK}`)
  await built(folder, `kwok ${KWOK}`, say, buildKwok)
  return join(folder, 'kwok')
}

const folderOf = (minor: Minor) => join(cacheRoot(), 'kubernetes', VERSIONS[minor].version)

/** Puts what `build` leaves in the folder `out` of its work folder in place, whole or not at all. */
async function built(
  folder: string,
  name: string,
  say: Say,
  build: (work: string) => Promise<void>,
): Promise<void> {
  if (existsSync(folder)) return
  mkdirSync(join(folder, '..'), { recursive: true })
  await locked(`${folder}.lock`, async () => {
    if (existsSync(folder)) return
    const started = performance.now()
    say(`Building ${name}, once: this takes some minutes.\n`)
    const work = mkdtempSync(`${folder}.build-`)
    try {
      mkdirSync(join(work, 'out'))
      await build(work)
      renameSync(join(work, 'out'), folder)
    } finally {
      rmSync(work, { recursive: true, force: true })
    }
    say(`Built ${name} in ${((performance.now() - started) / 60_000).toFixed(1)} minutes.\n`)
  })
}

/**
 * A module of our own that takes the dependencies of k8s.io/kubernetes as they are, and its staging
 * modules, which it only knows as folders of its repository, from the proxy.
 */
async function buildKubernetes({ version, staging, minor }: Kubernetes, work: string) {
  const { mod, sum } = await download(`k8s.io/kubernetes@${version}`, work)
  const names = [...mod.matchAll(/^\t(k8s\.io\/[a-z-]+) v0\.0\.0(?: |$)/gm)].map(
    ([, name]) => name!,
  )
  const needed = mod
    .replace(/^module .*$/m, 'module waggle/kubernetes')
    .replace(/^replace \([^)]*\)$/m, '')
    // An example that nothing builds; the proxy does not have every version of it.
    .replace(/^\tk8s\.io\/sample-apiserver .*\n/m, '')
    .replace(/^(\tk8s\.io\/[a-z-]+) v0\.0\.0(?= |$)/gm, `$1 ${staging}`)
  const replaced = names.map((name) => `replace ${name} => ${name} ${staging}\n`)
  const itself = `require k8s.io/kubernetes ${version}\n`
  writeFileSync(join(work, 'go.mod'), `${needed}\n${itself}${replaced.join('')}`)
  writeFileSync(join(work, 'go.sum'), sum)
  // What a release says of itself: `kubectl version`, and the user agents in the audit log.
  const facts = {
    gitVersion: version,
    gitMajor: '1',
    gitMinor: String(minor),
    gitTreeState: 'clean',
  }
  const flags = ['k8s.io/client-go/pkg/version', 'k8s.io/component-base/version'].flatMap((name) =>
    Object.entries(facts).map(([key, value]) => `-X ${name}.${key}=${value}`),
  )
  const packages = COMMANDS.map((name) => `k8s.io/kubernetes/cmd/${name}`)
  await compile(work, packages, flags)
}

async function buildKwok(work: string): Promise<void> {
  const { mod, sum } = await download(`sigs.k8s.io/kwok@${KWOK}`, work)
  const needed = mod.replace(/^module .*$/m, 'module waggle/kwok')
  writeFileSync(join(work, 'go.mod'), `${needed}\nrequire sigs.k8s.io/kwok ${KWOK}\n`)
  writeFileSync(join(work, 'go.sum'), sum)
  await compile(work, ['sigs.k8s.io/kwok/cmd/kwok'])
}

/** The go.mod and go.sum of a module as it was released. */
async function download(module: string, work: string): Promise<{ mod: string; sum: string }> {
  writeFileSync(join(work, 'go.mod'), 'module waggle/download\n')
  const { stdout } = await go(['mod', 'download', '-json', module], work)
  const { Dir } = JSON.parse(stdout) as { Dir: string }
  const text = (name: string) => readFileSync(join(Dir, name), 'utf8')
  return { mod: text('go.mod'), sum: text('go.sum') }
}

async function compile(work: string, packages: string[], flags: string[] = []): Promise<void> {
  const how = ['-mod=mod', '-trimpath', `-ldflags=${['-s', '-w', ...flags].join(' ')}`]
  await go(['build', ...how, '-o', `${join(work, 'out')}/`, ...packages], work)
}

async function go(args: string[], cwd: string) {
  const command = findProgram('go') ?? findProgram('/usr/local/go/bin/go')
  if (!command) throw new Error('Go 1.26 or later is needed to build Kubernetes: https://go.dev/dl')
  const env = { CGO_ENABLED: '0', GOTOOLCHAIN: 'local', GOFLAGS: '-buildvcs=false' }
  return run('nice', ['-n', '10', command, ...args], { cwd, env, timeoutMs: 60 * 60_000 })
}

if (process.argv[1] === import.meta.filename) {
  for (const minor of MINORS) await controlPlane(minor)
  await kwok()
}
