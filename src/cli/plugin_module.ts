import { readFileSync } from 'node:fs'
import { createRequire, registerHooks } from 'node:module'
import { dirname, isAbsolute, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { describeError } from '../component/errors.ts'
import { PluginError } from './plugin_error.ts'

/** A module that was loaded, and whose it is. */
export interface LoadedModule {
  readonly exports: Readonly<Record<string, unknown>>
  /** `name v1.2.3` of its package, or its path where it belongs to none. */
  readonly origin: string
}

/** What a plugin imports for all that it needs of Waggle. */
const API = 'waggle/component'
const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
const apiUrl = new URL(`../plugin.${ending}`, import.meta.url).href

let isProvided = false

// A plugin gets the very classes that the agent runs with, wherever it lies and whatever version of
// Waggle its own node_modules has: a batch that it makes has to be one for the agent too.
function provideApi(): void {
  if (isProvided) return
  isProvided = true
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === API ? { url: apiUrl, shortCircuit: true } : next(specifier, context),
  })
}

/**
 * Loads what `--plugin` names: a path, with `./` or `/` in front, of a module or of a package's
 * folder; else a package, looked for from the working directory and beside Waggle. Rejects with
 * PluginError.
 */
export async function loadModule(value: string, cwd: string): Promise<LoadedModule> {
  provideApi()
  const url = urlOf(value, cwd)
  try {
    const exports = (await import(url)) as Record<string, unknown>
    return { exports, origin: originOf(fileURLToPath(url)) }
  } catch (cause) {
    throw new PluginError(value, [`cannot be loaded: ${describeError(cause)}`], { cause })
  }
}

function urlOf(value: string, cwd: string): string {
  const isPath = isAbsolute(value) || /^\.{1,2}(\/|$)/.test(value)
  try {
    return isPath ? pathUrl(value, cwd) : packageUrl(value, cwd)
  } catch (cause) {
    const advice = isPath ? 'no such module' : 'no such package (a path begins with "./" or "/")'
    throw new PluginError(value, [isMissing(cause) ? advice : describeError(cause)], { cause })
  }
}

/** A file, with or without its ending, or a folder whose package.json names the file. */
function pathUrl(value: string, cwd: string): string {
  return pathToFileURL(createRequire(join(cwd, '_')).resolve(value)).href
}

// As an import in a module of the working directory would find it, else one beside Waggle.
function packageUrl(name: string, cwd: string): string {
  try {
    return resolveFrom(pathToFileURL(join(cwd, '_')).href, name)
  } catch (error) {
    if (!isMissing(error)) throw error
    return resolveFrom(import.meta.url, name)
  }
}

// `import.meta.resolve` knows all the rules of package.json, but starts at the module it stands in.
function resolveFrom(parentURL: string, name: string): string {
  const hooks = registerHooks({
    resolve: (specifier, context, next) => next(specifier, { ...context, parentURL }),
  })
  try {
    return import.meta.resolve(name)
  } finally {
    hooks.deregister()
  }
}

function isMissing(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException
  return code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND'
}

function originOf(path: string, folder = dirname(path)): string {
  try {
    const text = readFileSync(join(folder, 'package.json'), 'utf8')
    const { name, version } = JSON.parse(text) as { name?: string; version?: string }
    return name === undefined ? path : `${name}${version === undefined ? '' : ` v${version}`}`
  } catch {
    return dirname(folder) === folder ? path : originOf(path, dirname(folder))
  }
}
