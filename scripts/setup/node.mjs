// Node.js: the running one where it is new enough, else one beside the project, from npm.

import { npm } from './npm.mjs'
import { hasOwnNode, nodePrefix, packageName, wantedVersion } from './project_node.mjs'
import { say, seconds, SetupError } from './report.mjs'

/** Sources run unbuilt from 22.18 on; tests and benchmarks are made on 24. */
function running() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  return { preferred: major >= 24, enough: major > 22 || (major === 22 && minor >= 18) }
}

export const nodeStep = {
  isNeeded: () => !running().preferred && !hasOwnNode(),
  async run() {
    const started = Date.now()
    try {
      await install()
    } catch (error) {
      if (!(error instanceof SetupError) || !running().enough) throw error
      return say(`goes on with the running Node.js ${process.version}: ${error.message}`)
    }
    say(
      `Node.js ${wantedVersion} installed beside the project, the running one is ${process.version} (${seconds(started)})`,
    )
  },
}

async function install() {
  if (process.platform !== 'linux' || !['x64', 'arm64'].includes(process.arch)) {
    throw new SetupError(
      `Node.js ${process.version} is too old and cannot be renewed on ${process.platform} ` +
        `${process.arch}: install ${wantedVersion} by hand and put it on the PATH`,
    )
  }
  const where = ['--no-save', '--no-package-lock', '--prefix', nodePrefix]
  await npm(['install', ...where, `${packageName}@${wantedVersion}`])
}
