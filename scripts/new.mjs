// Scaffolds a component from scripts/templates and registers it:
//
//   npm run new -- processor drop_health_checks

import { spawnSync } from 'node:child_process'
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Script } from 'node:vm'
import { register } from './register.mjs'
import { root } from './setup/paths.mjs'

const roles = ['receiver', 'processor', 'connector', 'exporter', 'extension']
const [role, name, ...rest] = process.argv.slice(2)

const folder = `${role}s/${name}`

const fault = faultIn() ?? register({ role, folder, exported: camelCase(name) })
if (fault === undefined) scaffold()
else {
  console.error(`new: ${fault}`)
  process.exitCode = 1
}

/** What is wrong with the arguments; undefined when nothing is. */
function faultIn() {
  if (role === undefined || name === undefined || rest.length > 0) {
    return 'expected a role and a name, as in "npm run new -- processor drop_health_checks"'
  }
  if (!roles.includes(role)) return `expected a role (${roles.join(', ')}), received "${role}"`
  return faultInName() ?? (isTaken() ? `${folder} is there already` : undefined)
}

function faultInName() {
  if (!/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(name)) {
    return `expected a name in lower_snake_case, such as "drop_health_checks", received "${name}"`
  }
  if (name.endsWith(`_${role}`)) {
    return `"${name}" says twice what it is: call it "${name.slice(0, -role.length - 1)}"`
  }
  return isIdentifier(camelCase(name)) ? undefined : `"${name}" is a reserved word of JavaScript`
}

function isTaken() {
  return existsSync(join(root, folder))
}

function isIdentifier(text) {
  try {
    return new Script(`'use strict'; const ${text} = 0`) instanceof Script
  } catch {
    return false
  }
}

function scaffold() {
  const from = join(root, 'scripts', 'templates', role)
  const files = globSync('**/*.*', { cwd: from })
  for (const file of files) write(join(root, folder, file), filled(join(from, file)))
  nameBesideTheCollectors()
  formatAndDocument()
  console.log(`new: ${folder} with ${files.length} files, registered in src/components.ts`)
  console.log(`new: try it: npm test -- ${folder}`)
}

function filled(path) {
  return readFileSync(path, 'utf8')
    .replaceAll('template_name', name)
    .replaceAll('templateName', camelCase(name))
    .replaceAll('TemplateName', pascalCase(name))
}

function write(path, text) {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

/** docs/from-the-collector.md has every component: a new one stands last among those that are ours alone. */
function nameBesideTheCollectors() {
  const page = join(root, 'docs', 'from-the-collector.md')
  const end = '\n\n## Not there\n'
  const row = `| ${role} | [\`${name}\`](../${folder}/README.md) | |`
  writeFileSync(page, readFileSync(page, 'utf8').replace(end, `\n${row}${end}`))
}

/** A longer or shorter name breaks lines elsewhere, and the tables of the READMEs follow. */
function formatAndDocument() {
  const oxfmt = join('node_modules', '.bin', 'oxfmt')
  run(oxfmt, [folder, 'src/components.ts'])
  run(process.execPath, ['scripts/docs.mjs'])
}

function run(program, args) {
  const { status, stderr } = spawnSync(program, args, { cwd: root, encoding: 'utf8' })
  if (status !== 0) console.error(`new: ${args.join(' ')} failed:\n${stderr}`)
}

function camelCase(text) {
  return text.replaceAll(/_(.)/g, (_, letter) => letter.toUpperCase())
}

function pascalCase(text) {
  return camelCase(`_${text}`)
}
