// npm packages, exactly those of the lock file.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { npm } from './npm.mjs'
import { readJson, root } from './paths.mjs'
import { say, seconds } from './report.mjs'

const loaders = { x64: '/lib64/ld-linux-x86-64.so.2', arm64: '/lib/ld-linux-aarch64.so.1' }

/** The lock file's packages that this machine needs. */
function neededPackages() {
  const all = Object.entries(readJson(join(root, 'package-lock.json'))?.packages ?? {})
  return all.filter(([path, entry]) => path.startsWith('node_modules/') && isNeededHere(entry))
}

/** Optional packages are binaries, one for each platform. npm leaves out a failed one silently. */
function isNeededHere({ link, optional, os, cpu, libc }) {
  if (link) return false
  if (!optional) return true
  if (!os?.includes(process.platform) || !cpu?.includes(process.arch)) return false
  return !libc || libc.includes(existsSync(loaders[process.arch]) ? 'glibc' : 'musl')
}

export const packagesStep = {
  /** npm writes what it installed into a hidden lock file, as the last thing it does. */
  isNeeded() {
    const installed = readJson(join(root, 'node_modules', '.package-lock.json'))?.packages
    if (!installed) return true
    return neededPackages().some(([path, entry]) => installed[path]?.version !== entry.version)
  },
  async run() {
    const started = Date.now()
    await npm(['ci', '--prefer-offline'])
    const count = neededPackages().length
    say(`${count} packages installed from package-lock.json (${seconds(started)})`)
  },
}
