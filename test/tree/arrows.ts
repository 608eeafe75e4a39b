import { posix } from 'node:path'

/** The folders of components; a component is `exporters/debug`. */
export const componentRooms = ['receivers', 'processors', 'connectors', 'exporters', 'extensions']

const forComponents = [
  'src/component',
  'src/config',
  'src/helpers',
  'src/kernel',
  'src/kubernetes',
  'src/ottl',
  'src/pdata',
  'src/telemetry',
]
const machinery = [...forComponents, 'src/pipeline']

/**
 * Which rooms each room may import from, beside itself. Imports point one way, so that a component
 * can be read, tested and removed alone.
 */
export const arrows: Readonly<Record<string, readonly string[]>> = {
  'src/main.ts': [...machinery, 'src/cli', 'src/components.ts'],
  'src/cli': [...machinery, 'src/components.ts'],
  'src/plugin.ts': forComponents,
  'src/components.ts': ['src/component', ...componentRooms],
  'src/pipeline': ['src/component', 'src/config', 'src/helpers', 'src/pdata', 'src/telemetry'],
  'src/kernel': ['src/component', 'src/helpers', 'src/pdata', 'src/telemetry'],
  'src/kubernetes': ['src/component', 'src/config', 'src/helpers', 'src/telemetry'],
  'src/helpers': ['src/component', 'src/config', 'src/pdata', 'src/telemetry'],
  'src/component': ['src/pdata', 'src/telemetry'],
  'src/ottl': ['src/config', 'src/helpers', 'src/pdata', 'src/telemetry'],
  'src/config': [],
  'src/telemetry': ['src/pdata'],
  'src/pdata': [],
  ...Object.fromEntries(componentRooms.map((room) => [room, forComponents])),
}

/** The packages that only some rooms may name, and those rooms. */
export const guardedPackages: Readonly<Record<string, readonly string[]>> = {
  re2js: ['src/ottl', 'src/helpers'],
  'libbpf-addon': ['src/kernel', 'receivers'],
  commander: ['src/main.ts', 'src/cli'],
  '@opentelemetry/api': ['src/telemetry'],
  '@opentelemetry/resources': ['src/telemetry'],
  '@opentelemetry/sdk-metrics': ['src/telemetry'],
}

/** One import: the importing file, and what its text names. */
export interface Import {
  readonly file: string
  readonly names: string
}

/** Every import, export-from and dynamic import in the text of a file. */
export function importsOf(file: string, text: string): Import[] {
  const code = text.replaceAll(/^\s*(?:\/\/|\*|\/\*).*$/gm, '')
  const found = code.matchAll(/\b(?:from|import)\s*\(?\s*'([^'\n]+)'/g)
  return [...found].map(([, names = '']) => ({ file, names }))
}

/** What is wrong with an import, as a sentence; undefined when nothing is. */
export function faultOf({ file, names }: Import): string | undefined {
  if (!names.startsWith('.')) return packageFault(file, names)
  const target = posix.join(posix.dirname(file), names)
  const from = roomOf(file)
  const to = roomOf(target)
  if (from.component && to.component && from.component !== to.component) {
    return `${file} imports ${target}: a component never imports another component`
  }
  if (from.room === to.room) return undefined
  const allowed = arrows[from.room]
  if (!allowed) return `${file} lies in no room that the table of arrows knows`
  if (allowed.includes(to.room)) return undefined
  const list = allowed.length > 0 ? allowed.join(', ') : 'nothing but itself'
  return `${file} imports ${target}: ${from.room} may import from ${list}`
}

function packageFault(file: string, names: string): string | undefined {
  const rooms = guardedPackages[names]
  if (!rooms || rooms.includes(roomOf(file).room)) return undefined
  return `${file} imports ${names}: only ${rooms.join(' and ')} may`
}

function roomOf(path: string): { room: string; component?: string } {
  const [first = '', second = ''] = path.split('/')
  if (first === 'src') return { room: `src/${second}` }
  if (componentRooms.includes(first)) return { room: first, component: `${first}/${second}` }
  return { room: first }
}
