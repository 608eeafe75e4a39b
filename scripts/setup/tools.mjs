// Compilers and libraries: looked for by trying them, installed by the distribution's own means.

import { existsSync, readdirSync } from 'node:fs'
import { outputOf, run, succeeds } from './command.mjs'
import { readOsRelease } from './os_release.mjs'
import { lastLines, say, seconds, SetupError } from './report.mjs'

const header = (name) => () =>
  succeeds('g++', ['-x', 'c++', '-fsyntax-only', '-'], `#include <${name}>\n`)

/** What a build needs, the test that finds it, and the package that brings it. */
const tools = [
  { name: 'make', debian: 'make', fedora: 'make', found: () => succeeds('make', ['--version']) },
  { name: 'g++', debian: 'g++', fedora: 'gcc-c++', found: () => succeeds('g++', ['--version']) },
  {
    name: 'clang with the bpf target',
    debian: 'clang',
    fedora: 'clang',
    found: () => /^\s*bpf\b/m.test(outputOf('clang', ['-print-targets'])),
  },
  {
    name: 'llvm-strip',
    debian: 'llvm',
    fedora: 'llvm',
    found: () => succeeds('llvm-strip', ['--version']),
  },
  {
    name: 'bpf/libbpf.h',
    debian: 'libbpf-dev',
    fedora: 'libbpf-devel libbpf-static',
    found: hasLibbpf,
  },
  {
    name: 'libelf.h',
    debian: 'libelf-dev',
    fedora: 'elfutils-libelf-devel',
    found: header('libelf.h'),
  },
  { name: 'zlib.h', debian: 'zlib1g-dev', fedora: 'zlib-devel', found: header('zlib.h') },
]

/** libbpf is linked statically, so the archive has to be there too. */
function hasLibbpf() {
  const archive = outputOf('g++', ['-print-file-name=libbpf.a']).trim()
  return archive.startsWith('/') && header('bpf/libbpf.h')()
}

/** The tools that this machine lacks. */
export function missingTools() {
  return tools.filter((tool) => !tool.found())
}

/** Installs them, or answers with the command that a person has to run. */
export async function installTools(missing) {
  const family = familyOf(readOsRelease())
  if (family !== 'debian') return commandFor(family, missing)
  const packages = missing.map((tool) => tool.debian)
  if (process.getuid?.() !== 0)
    return `sudo apt-get install --no-install-recommends ${packages.join(' ')}`
  const started = Date.now()
  await aptInstall(packages)
  say(`installed by apt-get: ${packages.join(' ')} (${seconds(started)})`)
  return undefined
}

function familyOf({ ID = '', ID_LIKE = '' }) {
  const names = `${ID} ${ID_LIKE}`.split(' ')
  if (names.includes('debian') || names.includes('ubuntu')) return 'debian'
  if (names.includes('fedora') || names.includes('rhel')) return 'fedora'
  return 'other'
}

function commandFor(family, missing) {
  if (family === 'fedora') return `sudo dnf install ${missing.map((tool) => tool.fedora).join(' ')}`
  return `install with your package manager what brings: ${missing.map((tool) => tool.name).join(', ')}`
}

/** The package lists are fetched only where there are none, or where they are too old to serve. */
async function aptInstall(packages) {
  const install = ['install', '-y', '-qq', '--no-install-recommends', ...packages]
  const first = hasPackageLists() ? await apt(install) : undefined
  if (first?.code === 0) return
  const update = await apt(['update', '-qq'])
  const second = await apt(install)
  if (second.code === 0) return
  throw new SetupError(
    `apt-get could not install ${packages.join(' ')}:\n${lastLines(update.output + second.output)}`,
  )
}

function apt(args) {
  return run('apt-get', args, { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })
}

function hasPackageLists() {
  const dir = '/var/lib/apt/lists'
  return existsSync(dir) && readdirSync(dir).some((name) => name.includes('_Packages'))
}
