// Which Node.js runs the project's TypeScript.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readJson, root, setupDir } from './paths.mjs'

/** The version that set-up installs where the running one will not do; tools read it there too. */
export const wantedVersion = readFileSync(join(root, '.node-version'), 'utf8').trim()

/** The npm package that is nothing but Node.js for this machine, without an install script. */
export const packageName = `node-linux-${process.arch}`

/** Where npm puts it. */
export const nodePrefix = join(setupDir, 'node')

const ownNode = join(nodePrefix, 'node_modules', packageName, 'bin', 'node')

/** npm writes its hidden lock file last: without it the installation was cut short. */
export function hasOwnNode() {
  const installed = readJson(join(nodePrefix, 'node_modules', '.package-lock.json'))
  const version = installed?.packages?.[`node_modules/${packageName}`]?.version
  return version === wantedVersion && existsSync(ownNode)
}

/** The Node.js beside the project where there is one, else the running one. */
export function projectNode() {
  return hasOwnNode() ? ownNode : process.execPath
}
