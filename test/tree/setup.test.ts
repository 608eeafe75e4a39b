import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { cleansUp, tempDir } from '../kit/fixtures.ts'
import { root } from './files.ts'

cleansUp()

const nobody = 65_534
const isRoot = process.getuid?.() === 0
const osRelease = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : ''
const hasApt = /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(osRelease)
const installed = { 'node_modules/a': { version: '1.0.0' } }
let tree = ''

/** A tree with a set-up of its own, one package to install, and nothing to build. */
beforeEach(() => {
  tree = tempDir('setup')
  chmodSync(tree, 0o777)
  for (const part of ['scripts', '.node-version']) {
    cpSync(join(root, part), join(tree, part), { recursive: true })
  }
  mkdirSync(join(tree, 'tools'))
  writeJson('package-lock.json', { packages: installed })
  writeJson('node_modules/.package-lock.json', { packages: installed })
})

describe('set-up', () => {
  it('does nothing where nothing is missing', () => {
    tool('npm', 'echo npm >>calls')
    expect(setUp()).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^setup: everything is in place \(\d\.\d s\)\n$/),
    })
    expect(calls()).toBe('')
  })

  it('installs packages when the lock file asks for others', () => {
    writeJson('package-lock.json', { packages: { 'node_modules/a': { version: '1.0.1' } } })
    tool('npm', 'echo "$@" >>calls')
    expect(setUp().stdout).toMatch(/^setup: 1 packages installed from package-lock.json \(.*\)\n$/)
    expect(calls()).toMatch(/^ci .*--ignore-scripts/)
  })

  it.each([
    ['does without a binary for another platform', 'sunos', 'everything is in place'],
    ['misses a binary for this platform', process.platform, '2 packages installed'],
  ])('%s', (_, os, text) => {
    const binary = { version: '1.0.0', optional: true, os: [os], cpu: [process.arch] }
    writeJson('package-lock.json', { packages: { ...installed, 'node_modules/b': binary } })
    tool('npm', 'exit 0')
    expect(setUp().stdout).toContain(text)
  })

  it('says in words that npm has no network', () => {
    writeJson('node_modules/.package-lock.json', {})
    tool('npm', 'echo "npm error code ENOTFOUND" >&2; exit 1')
    expect(setUp()).toMatchObject({
      status: 1,
      stderr: '',
      stdout:
        'setup: npm cannot reach its registry (ENOTFOUND). Needed once: a network, or a mirror ' +
        'named by "npm config set registry", or a proxy named by HTTPS_PROXY. Then run the ' +
        'command again.\n',
    })
  })

  it('shows the reason of any other failure of npm', () => {
    writeJson('node_modules/.package-lock.json', {})
    tool('npm', 'echo "npm error code EUSAGE" >&2; echo "npm error out of sync" >&2; exit 1')
    expect(setUp().stdout).toBe('setup: "npm ci" failed:\n  code EUSAGE\n  out of sync\n')
  })

  it('goes on without compilers, with the command that installs them', () => {
    needsBuild()
    const { status, stdout } = setUp()
    expect(status).toBe(0)
    expect(stdout).toMatch(/^setup: cannot build addon and BPF objects, missing: make, g\+\+, /)
    expect(stdout).toMatch(/To install it:\n {2}(sudo|install with) .*\n/)
    expect(stdout).toContain('"waggle validate" and unit tests work.')
  })

  it('stops without compilers where the kernel is needed', () => {
    needsBuild()
    const { status, stdout } = setUp(['--need-build'])
    expect(status).toBe(1)
    expect(stdout).not.toContain('is skipped')
  })

  it('says whose the checkout is where it may not write', () => {
    writeJson('node_modules/.package-lock.json', {})
    chmodSync(tree, 0o555)
    expect(setUp()).toMatchObject({
      status: 1,
      stderr: '',
      stdout:
        `setup: cannot write ${join(tree, '.setup')} (EACCES). Where another user set this ` +
        'checkout up, give it back first: sudo chown -R "$(id -u)" .\n',
    })
  })

  it('refuses an argument that it does not know', () => {
    expect(setUp(['--nead-build'])).toMatchObject({
      status: 1,
      stdout: 'setup: unknown argument "--nead-build"\n',
    })
  })
})

describe.skipIf(!isRoot || !hasApt)('set-up as root with apt', () => {
  const packages = 'make g++ clang llvm libbpf-dev libelf-dev zlib1g-dev'
  const make = 'case "$*" in *-q*) exit 1 ;; *) echo "make $*" >>calls ;; esac'
  const brings = `printf '#!/bin/sh\\n%s\\n' '${make}' >tools/make; /bin/chmod +x tools/make`

  it('installs what is missing without recommended packages, then builds', () => {
    needsBuild()
    tool('apt-get', `echo "apt-get $*" >>calls; ${brings}`)
    const { status, stdout } = setUp([], { asRoot: true })
    expect(status).toBe(0)
    expect(stdout).toMatch(`setup: installed by apt-get: ${packages} (`)
    expect(stdout).toMatch(/^setup: BPF objects built: none yet \(/m)
    expect(calls()).toContain(`apt-get install -y -qq --no-install-recommends ${packages}\n`)
    expect(calls()).toMatch(/make -s -j\d+ -C bpf all\n$/)
  })

  it('fetches package lists when the ones there do not serve, and says why it gave up', () => {
    needsBuild()
    tool('apt-get', 'echo "apt-get $1" >>calls; echo "E: no network"; exit 100')
    const { status, stdout } = setUp([], { asRoot: true })
    expect(status).toBe(1)
    expect(stdout).toBe(
      `setup: apt-get could not install ${packages}:\n  E: no network\n  E: no network\n`,
    )
    expect(calls()).toMatch(/apt-get update\napt-get install\n$/)
  })
})

describe('two set-ups at once', () => {
  it('do the work once, the second waits', async () => {
    writeJson('node_modules/.package-lock.json', {})
    const done = JSON.stringify({ packages: installed })
    tool('npm', `echo "$1" >>calls; sleep 0.5; echo '${done}' >node_modules/.package-lock.json`)
    const outputs = await Promise.all([setUpBeside(), setUpBeside()])
    expect(calls()).toBe('ci\n')
    expect(outputs.filter((text) => text.includes('packages installed'))).toHaveLength(1)
    expect(outputs.filter((text) => text.includes('waiting for another set-up'))).toHaveLength(1)
  })

  it('take over from one that was killed', () => {
    writeJson('.setup/lock', { pid: process.pid, started: 'before the last boot' })
    chmodSync(join(tree, '.setup'), 0o777)
    writeJson('node_modules/.package-lock.json', {})
    tool('npm', 'exit 0')
    expect(setUp().stdout).toContain('packages installed')
    expect(existsSync(join(tree, '.setup', 'lock'))).toBe(false)
  })
})

/** A program of that name, found before the machine's own. */
function tool(name: string, script: string): void {
  writeFileSync(join(tree, 'tools', name), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
}

/** Leaves something to build, and no compiler but those that are not there. */
function needsBuild(): void {
  mkdirSync(join(tree, 'bpf'))
  writeFileSync(join(tree, 'bpf', 'Makefile'), 'all:\n')
}

/** The tools of the test alone where a build is due, else also the machine's for the shell. */
function environment(): NodeJS.ProcessEnv {
  const machine = existsSync(join(tree, 'bpf')) ? '' : ':/usr/bin:/bin'
  return { PATH: `${join(tree, 'tools')}${machine}` }
}

function setUp(args: string[] = [], { asRoot = false } = {}) {
  const all = [join(tree, 'scripts', 'setup.mjs'), ...args]
  const user = isRoot && !asRoot ? { uid: nobody, gid: nobody } : {}
  return spawnSync(process.execPath, all, {
    cwd: tree,
    env: environment(),
    encoding: 'utf8',
    ...user,
  })
}

function setUpBeside(): Promise<string> {
  const script = join(tree, 'scripts', 'setup.mjs')
  const child = spawn(process.execPath, [script], { cwd: tree, env: environment() })
  return new Promise((resolve) => {
    let text = ''
    child.stdout.on('data', (part: Buffer) => (text += part.toString()))
    child.on('close', () => resolve(text))
  })
}

function calls(): string {
  const path = join(tree, 'calls')
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}

function writeJson(path: string, value: unknown): void {
  const target = join(tree, path)
  mkdirSync(join(target, '..'), { recursive: true, mode: 0o777 })
  writeFileSync(target, JSON.stringify(value))
}
