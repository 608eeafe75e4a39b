import { Composer, LineCounter, Parser } from 'yaml'
import type { Document } from 'yaml'
import { nodesOf } from './compose.ts'
import { tooDeep } from './depth.ts'
import type { ConfigNode } from './node.ts'
import { errorAt } from './problems.ts'
import type { Position, Problem } from './problems.ts'
import { syntaxProblems } from './syntax.ts'

/** A document read from YAML. `root` is undefined when it is empty or not to be trusted. */
export interface LoadedYaml {
  readonly root: ConfigNode | undefined
  readonly problems: readonly Problem[]
}

/** How a text is read when it is not a file of its own. */
export interface LoadOptions {
  /** The place shown for every node, for a value that came out of an expansion. */
  readonly at?: Position | undefined
  /** The expansion that brought the text, as written. */
  readonly from?: string | undefined
}

/** Levels of nesting that a document may have. */
export const maxDepth = 100

const composerOptions = {
  version: '1.2',
  schema: 'core',
  merge: true,
  uniqueKeys: false,
  prettyErrors: false,
  logLevel: 'silent',
} as const

/**
 * Reads YAML 1.2 (core schema, aliases, merge keys) with the place of every node. All problems are
 * reported.
 */
export function loadYaml(text: string, fileName: string, options: LoadOptions = {}): LoadedYaml {
  const lines = new LineCounter()
  const locate = locator(lines, fileName, options.at)
  const control = text.search(controlCharacter)
  if (control >= 0) {
    return rejected(locateIn(text, control, fileName, options.at), controlMessage(text, control))
  }

  const tokens = [...new Parser(lines.addNewLine).parse(text)]
  const deep = tooDeep(tokens, maxDepth)
  if (deep !== undefined) {
    return rejected(locate(deep), `nested more than ${maxDepth} levels deep`)
  }
  const documents = [...new Composer(composerOptions).compose(tokens, true, text.length)]
  return read(documents, text, locate, options.from)
}

const secondDocument = 'a second YAML document begins here, only one is allowed'

type Locate = (offset: number) => Position

function read(
  [first, second]: readonly Document.Parsed[],
  text: string,
  locate: Locate,
  from: string | undefined,
): LoadedYaml {
  const problems = syntaxProblems(first?.errors ?? [], text, locate)
  if (second) problems.push(errorAt(locate(second.range[0]), [], secondDocument))
  if (problems.length > 0 || !first?.contents) return { root: undefined, problems }
  const { node, problems: found } = nodesOf(first.contents, locate, from)
  return { root: node, problems: found }
}

// Everything below space but tab, line feed and carriage return; YAML allows none of them.
const controlCharacter = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/

function controlMessage(text: string, offset: number): string {
  const code = text.charCodeAt(offset).toString(16).toUpperCase().padStart(4, '0')
  return `invalid YAML: control character U+${code} is not allowed`
}

function rejected(at: Position, message: string): LoadedYaml {
  return { root: undefined, problems: [errorAt(at, [], message)] }
}

function locator(lines: LineCounter, file: string, fixed: Position | undefined): Locate {
  if (fixed) return () => fixed
  return (offset) => {
    const { line, col } = lines.linePos(offset)
    return { file, line: Math.max(1, line), column: Math.max(1, col) }
  }
}

// The line counter is filled by the parser, which has not run when a text is refused for its
// characters.
function locateIn(text: string, offset: number, file: string, fixed?: Position): Position {
  const before = text.slice(0, offset).split('\n')
  return fixed ?? { file, line: before.length, column: before.at(-1)!.length + 1 }
}
