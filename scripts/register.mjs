// Adds a component to the list in src/components.ts, which is imports and one array, both sorted by
// folder.

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './setup/paths.mjs'

const path = join(root, 'src', 'components.ts')
const importLine = /^import \{ (?:\w+ as )?(\w+) \} from '\.\.\/(\w+\/\w+)\/index\.ts'\n/gm
const array = /(export const components: readonly Factory\[\] = )\[[^\]]*\]/

const empty = `import type { Factory } from './component/component.ts'

/** All components that are built in, sorted by folder. \`npm run new\` adds to it. */
export const components: readonly Factory[] = []
`

/** Registers a component; answers with what is wrong where that cannot be done. */
export function register({ role, exported, folder }) {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : empty
  const listed = [...text.matchAll(importLine)].map(([line, name, where]) => ({
    line,
    name,
    where,
  }))
  if (!array.test(text))
    return 'src/components.ts is not imports and one array any more: add it by hand'
  const all = [...listed, added(listed, { role, exported, folder })].toSorted(byFolder)
  const names = all.map(({ name }) => name).join(', ')
  const rest = text.replaceAll(importLine, '').replace(array, `$1[${names}]`)
  writeFileSync(path, all.map(({ line }) => line).join('') + rest)
  return undefined
}

/** Two roles may have a component of one name; the later one is called by its role too. */
function added(listed, { role, exported, folder }) {
  const isTaken = listed.some(({ name }) => name === exported)
  const name = isTaken ? `${exported}${role[0].toUpperCase()}${role.slice(1)}` : exported
  const names = isTaken ? `${exported} as ${name}` : name
  return { name, where: folder, line: `import { ${names} } from '../${folder}/index.ts'\n` }
}

function byFolder(a, b) {
  return a.where < b.where ? -1 : 1
}
