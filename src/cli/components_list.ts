import { stringify } from 'yaml'
import type { Conversion, Factory, Role, Stability } from '../component/component.ts'
import { sourceSchemes } from '../config/index.ts'
import type { Kind } from '../pdata/batch.ts'
import type { Program } from './program.ts'

const ROLES: readonly Role[] = ['receiver', 'processor', 'exporter', 'connector', 'extension']

/** What there is, as the Collector's `components` command has it. */
export function componentsList(program: Program): string {
  const { registry, version, description } = program
  const sections = ROLES.map((role) => {
    return [`${role}s`, registry.all(role).map((factory) => describe(factory, program))]
  })
  const module = `waggle v${version}`
  return stringify(
    {
      buildinfo: { command: 'waggle', description, version },
      ...Object.fromEntries(sections),
      providers: sourceSchemes.map((scheme) => ({ scheme, module })),
    },
    { lineWidth: 0 },
  )
}

function describe(factory: Factory, program: Program): object {
  const { type, aliases = [], summary } = factory
  return {
    name: type,
    ...(aliases.length > 0 && { aliases }),
    module: moduleOf(factory, program),
    summary,
    stability: stabilityOf(factory),
  }
}

function moduleOf(factory: Factory, { plugins, version }: Program): string {
  const plugin = plugins.find(({ factories }) => factories.includes(factory))
  return plugin?.origin ?? `waggle/${factory.role}s/${factory.type} v${version}`
}

function stabilityOf(factory: Factory): Record<string, string> {
  const level = capitalised(factory.stability)
  return Object.fromEntries(signalsOf(factory).map((signal) => [signal, level]))
}

// The Collector's processors keep the kind; one of ours that does not is written as a connector is.
function signalsOf(factory: Factory): string[] {
  switch (factory.role) {
    case 'receiver':
      return [...factory.produces]
    case 'exporter':
      return [...factory.consumes]
    case 'processor':
      return factory.conversions.map((one) => (one.from === one.to ? one.from : joined(one)))
    case 'connector':
      return factory.conversions.map(joined)
    case 'extension':
      return ['extension']
  }
}

function joined({ from, to }: Conversion): `${Kind}-to-${Kind}` {
  return `${from}-to-${to}`
}

function capitalised(level: Stability): string {
  return `${level.charAt(0).toUpperCase()}${level.slice(1)}`
}
