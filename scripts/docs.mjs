// Fills the generated parts of the READMEs from the components themselves: tables of options and of
// status, and the list of components. With --check it only compares, and fails on a difference.

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describeSchema } from '../src/config/describe.ts'
import { components } from '../src/components.ts'
import { ottlFunctions, ottlPaths } from '../src/ottl/tables.ts'
import { codes } from '../connectors/pod_delivery/diagnosis/codes.ts'
import { english } from '../connectors/pod_delivery/diagnosis/texts_en.ts'
import { chinese } from '../connectors/pod_delivery/diagnosis/texts_zh.ts'
import { limitsConfig, telemetryConfig } from '../src/config/service.ts'
import { root } from './setup/paths.mjs'

const check = process.argv.includes('--check')
const pages = [
  { path: 'README.md', blocks: { components: componentList } },
  { path: 'docs/metrics.md', blocks: { options: () => optionTable({ config: telemetryConfig }) } },
  {
    path: 'docs/ottl.md',
    blocks: {
      paths: () => table(['Context', 'Path', 'Type', ''], ottlPaths()),
      functions: () => table(['Function', 'Gives', 'For'], ottlFunctions()),
    },
  },
  {
    path: 'docs/pod_delivery_codes.md',
    blocks: { codes: () => codeTables(english, ['Code', 'Whose', 'What it says', 'What to do']) },
  },
  {
    path: 'docs/pod_delivery_codes.zh.md',
    blocks: { codes: () => codeTables(chinese, ['代码', '责任方', '含义', '处理办法']) },
  },
  { path: 'docs/limits.md', blocks: { options: () => optionTable({ config: limitsConfig }) } },
  ...components.map((factory) => ({
    path: `${factory.role}s/${factory.type}/README.md`,
    blocks: { status: () => statusTable(factory), options: () => optionTable(factory) },
  })),
]

const isThere = ({ path }) => existsSync(join(root, path))
const missing = pages.filter((page) => !isThere(page)).map(({ path }) => path)
const changed = pages
  .filter(isThere)
  .filter(refresh)
  .map(({ path }) => path)

if (missing.length > 0) fail(`missing: ${missing.join(', ')}`)
if (changed.length > 0 && check) fail(`out of step: ${changed.join(', ')}: run "npm run docs"`)
else if (changed.length > 0) console.log(`docs: refreshed ${changed.join(', ')}`)
else console.log(`docs: ${pages.length - missing.length} pages are in step`)

function fail(text) {
  console.error(`docs: ${text}`)
  process.exitCode = 1
}

/** Whether a page differs from what it should be; writes it unless only comparing. */
function refresh({ path, blocks }) {
  const old = readFileSync(join(root, path), 'utf8')
  const text = Object.entries(blocks).reduce((page, [name, make]) => fill(page, name, make), old)
  if (text !== old && !check) writeFileSync(join(root, path), text)
  return text !== old
}

/** Replaces what stands between the markers of a block; a page without them stays as it is. */
function fill(page, name, make) {
  const block = new RegExp(`(<!-- ${name} -->\\n)[^]*?(<!-- /${name} -->)`)
  return page.replace(block, (_, start, end) => `${start}${make()}${end}`)
}

function componentList() {
  const rows = components.map((factory) => {
    const { role, type, stability, summary } = factory
    return [role, `[\`${type}\`](${role}s/${type}/README.md)`, stability, summary]
  })
  return table(['Role', 'Type', 'Stability', 'What it is'], rows)
}

/** A table of codes for each stage, in the order in which a pod goes through them. */
function codeTables(texts, head) {
  const stages = Map.groupBy(Object.entries(codes), ([, { stage }]) => stage || 'all')
  const tables = [...stages].map(([stage, list]) => {
    const rows = list.map(([code, { owner }]) => [
      `\`${code}\``,
      owner,
      ...texts[code].map(pattern),
    ])
    return `### \`${stage}\`\n\n${table(head, rows)}`
  })
  return `${tables.join('\n').trim()}\n`
}

/** A text with its places for values: `…`; what is not always said stays in brackets. */
function pattern(text) {
  const bare = text.replaceAll(/`?\{\w+\}`?/g, '…').replaceAll('|', ' / ')
  return bare
    .replaceAll(/\[ /g, ' [')
    .replaceAll(/ (?=\])/g, '')
    .replaceAll('  ', ' ')
}

function statusTable(factory) {
  const { role, stability, aliases = [] } = factory
  const rows = [['Stability', stability], ...kindsOf(factory)]
  if (aliases.length > 0)
    rows.push(['Older names', aliases.map((name) => `\`${name}\``).join(', ')])
  return table(['Role', role], rows)
}

function kindsOf({ produces, consumes, conversions }) {
  if (produces) return [['Hands on', produces.join(', ')]]
  if (consumes) return [['Takes', consumes.join(', ')]]
  return (conversions ?? []).map(({ from, to }) => [`Takes ${from}`, `hands on ${to}`])
}

function optionTable({ config }) {
  const rows = describeSchema(config).map((row) => [
    `\`${row.name}\``,
    row.type,
    row.required ? 'required' : row.default === undefined ? '' : `\`${row.default}\``,
    row.description,
  ])
  return rows.length === 0
    ? 'It has no options.\n'
    : table(['Option', 'Type', 'Default', 'Meaning'], rows)
}

function table(head, rows) {
  const line = (cells) => `| ${cells.map(escaped).join(' | ')} |\n`
  return `\n${line(head)}${line(head.map(() => '---'))}${rows.map(line).join('')}\n`
}

function escaped(cell) {
  return cell.replaceAll('|', String.raw`\|`).replaceAll('\n', ' ')
}
