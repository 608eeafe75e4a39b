// Writes dist/: JavaScript made from the sources, beside the BPF objects at the same places, because
// Node.js strips no types below node_modules. The addon is a package of its own.

import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, globSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { bundle } from './bundle.mjs'
import { root } from './setup/paths.mjs'

const dist = join(root, 'dist')
const objects = globSync('bpf/*/*.bpf.c', { cwd: root }).map(objectOf)
const addon = 'bpf/libbpf-addon/build/libbpf.node'

const missing = [...objects, addon].filter((path) => !existsSync(join(root, path)))
if (missing.length > 0) end(`not built yet: ${missing.join(', ')}: run "npm run setup" first`)

rmSync(dist, { recursive: true, force: true })
await bundle(dist, ['src/main.ts', 'src/plugin.ts'], ['libbpf-addon'])
// The types are those of what plugins import, and nothing else's.
const tsc = join(root, 'node_modules', '.bin', 'tsc')
const { status } = spawnSync(tsc, ['-p', 'tsconfig.types.json'], { cwd: root, stdio: 'inherit' })
if (status !== 0) end('the sources do not compile')
for (const path of objects) cpSync(join(root, path), join(dist, path))
console.log(`build: dist/ with ${objects.length} BPF object${objects.length === 1 ? '' : 's'}`)

function objectOf(source) {
  return join(dirname(source), 'build', source.split('/').pop().replace(/\.c$/, '.o'))
}

function end(text) {
  console.error(`build: ${text}`)
  process.exit(1)
}
