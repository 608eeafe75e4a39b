import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type BpfError, BpfObject, bumpMemlock } from 'libbpf-addon'

/** What the kernel thinks of one program. */
export interface LoadedProgram {
  readonly object: string
  readonly program: string
  /** Where it is attached: `cgroup_skb/egress`. */
  readonly section: string
  readonly verdict: 'loads' | 'refused' | 'not needed'
  readonly milliseconds: number
  /** Why it was refused, and the end of the verifier's log. */
  readonly error?: string
  readonly log?: string
}

/** Which programs are loaded, and how much is said of those that are refused. */
export interface LoadOptions {
  /** Also those that stand in for others, where none of the object's others is refused. */
  readonly all: boolean
  readonly logLines: number
}

/** Where a guest has the objects. */
const OBJECTS = '/objects'

/** Loads the programs of every object, each by itself. */
export function loadAll(options: LoadOptions): LoadedProgram[] {
  bumpMemlock()
  const files = readdirSync(OBJECTS).toSorted()
  return files.flatMap((file) => loadEach(join(OBJECTS, file), options))
}

function loadEach(path: string, { all, logLines }: LoadOptions): LoadedProgram[] {
  const { regular, standIns } = programsOf(path)
  const loaded = regular.map((program) => load(path, program, logLines))
  const isNeeded = all || loaded.some(({ verdict }) => verdict === 'refused')
  const others = standIns.map((program): LoadedProgram => {
    if (isNeeded) return load(path, program, logLines)
    return { ...factsOf(path, program), verdict: 'not needed', milliseconds: 0 }
  })
  return [...loaded, ...others]
}

interface Program {
  readonly name: string
  readonly section: string
}

/** A program that is not loaded by itself, SEC("?…"), stands in for another one. */
function programsOf(path: string): { regular: Program[]; standIns: Program[] } {
  using object = BpfObject.open(path)
  const { programs } = object
  return {
    regular: programs.filter(({ autoload }) => autoload),
    standIns: programs.filter(({ autoload }) => !autoload),
  }
}

function factsOf(path: string, { name, section }: Program) {
  return { object: basename(path, '.bpf.o'), program: name, section }
}

function load(path: string, program: Program, logLines: number): LoadedProgram {
  using object = BpfObject.open(path)
  for (const { name } of object.programs) object.setAutoload(name, name === program.name)
  const began = performance.now()
  const milliseconds = (): number => Math.round(performance.now() - began)
  try {
    object.load()
    return { ...factsOf(path, program), verdict: 'loads', milliseconds: milliseconds() }
  } catch (error) {
    const { message, log } = error as BpfError
    const why = { error: message, log: lastLines(log, logLines) }
    return { ...factsOf(path, program), verdict: 'refused', milliseconds: milliseconds(), ...why }
  }
}

/** The log without libbpf's own closing words. */
function lastLines(log: string, count: number): string {
  const lines = log.split('\n').filter((line) => line !== '' && !line.startsWith('libbpf: '))
  return lines.slice(-count).join('\n')
}
