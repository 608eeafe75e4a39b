import { stringify } from 'yaml'
import type { Factory, Role } from '../component/component.ts'
import type { Program } from './program.ts'

const ROLES: readonly Role[] = ['receiver', 'processor', 'connector', 'exporter', 'extension']

/** What is built in, as the Collector's `components` command has it. */
export function componentsList({ registry, version, description }: Program): string {
  const rows = ROLES.map((role) => [`${role}s`, registry.all(role).map(describe)])
  const buildinfo = { command: 'waggle', description, version }
  return stringify({ buildinfo, ...Object.fromEntries(rows) }, { lineWidth: 0 })
}

function describe(factory: Factory): object {
  const { type, aliases = [], summary, stability } = factory
  return {
    name: type,
    ...(aliases.length > 0 && { aliases }),
    summary,
    stability,
    ...kinds(factory),
  }
}

function kinds(factory: Factory): object {
  switch (factory.role) {
    case 'receiver':
      return { produces: factory.produces }
    case 'exporter':
      return { consumes: factory.consumes }
    case 'processor':
    case 'connector':
      return { conversions: factory.conversions.map(({ from, to }) => ({ from, to })) }
    case 'extension':
      return {}
  }
}
