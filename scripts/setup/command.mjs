// Runs programs and keeps what they print.

import { spawn, spawnSync } from 'node:child_process'
import { dirname, delimiter } from 'node:path'
import { projectNode } from './project_node.mjs'
import { root } from './paths.mjs'

/** Runs a program to its end. Resolves with its exit code (127: not found) and all it printed. */
export function run(program, args, { env = environment() } = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    child.stdout.on('data', (text) => (output += text))
    child.stderr.on('data', (text) => (output += text))
    child.on('error', (error) => resolve({ code: 127, output: error.message }))
    child.on('close', (code) => resolve({ code: code ?? 1, output }))
  })
}

/** Whether a program, run with this input, ends well. */
export function succeeds(program, args, input = '') {
  return spawnSync(program, args, { cwd: root, env: environment(), input }).status === 0
}

/** What a program prints; empty where it fails. */
export function outputOf(program, args) {
  const { status, stdout } = spawnSync(program, args, { cwd: root, env: environment() })
  return status === 0 ? String(stdout) : ''
}

/**
 * The environment for other programs: the project's Node.js first on the path, and none of the
 * settings that an npm around us made for its own project.
 */
export function environment() {
  const env = { ...process.env }
  for (const name of ['npm_config_prefix', 'npm_config_local_prefix', 'npm_config_workspace']) {
    delete env[name]
  }
  delete env.MAKEFLAGS
  env.PATH = `${dirname(projectNode())}${delimiter}${env.PATH ?? ''}`
  return env
}
