import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type BpfError, BpfObject, bumpMemlock } from 'libbpf-addon'

/** What the kernel thinks of one program. */
export interface LoadedProgram {
  readonly object: string
  readonly program: string
  /** Where it is attached: `cgroup_skb/egress`. */
  readonly section: string
  readonly milliseconds: number
  /** What was wrong; not there where it loads. */
  readonly error?: string
  /** The end of the verifier's log. */
  readonly log?: string
}

/** Where a guest has the objects. */
export const OBJECTS = '/objects'

/** Loads every program of every object, each by itself. */
export function loadAll(logLines: number): LoadedProgram[] {
  bumpMemlock()
  const paths = readdirSync(OBJECTS)
    .toSorted()
    .map((name) => join(OBJECTS, name))
  return paths.flatMap((path) => loadEach(path, logLines))
}

function loadEach(path: string, logLines: number): LoadedProgram[] {
  using opened = BpfObject.open(path)
  return opened.programs.map(({ name, section }) => ({
    object: basename(path, '.bpf.o'),
    program: name,
    section,
    ...load(path, name, logLines),
  }))
}

type Verdict = Pick<LoadedProgram, 'milliseconds' | 'error' | 'log'>

function load(path: string, program: string, logLines: number): Verdict {
  using object = BpfObject.open(path)
  for (const { name } of object.programs) object.setAutoload(name, name === program)
  const began = performance.now()
  try {
    object.load()
    return { milliseconds: Math.round(performance.now() - began) }
  } catch (error) {
    const { message, log } = error as BpfError
    const milliseconds = Math.round(performance.now() - began)
    return { milliseconds, error: message, log: lastLines(log, logLines) }
  }
}

/** The log without libbpf's own closing words. */
function lastLines(log: string, count: number): string {
  const lines = log.split('\n').filter((line) => line !== '' && !line.startsWith('libbpf: '))
  return lines.slice(-count).join('\n')
}
