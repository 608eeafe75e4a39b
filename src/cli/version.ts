import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** What the package says of itself. */
export interface PackageFacts {
  readonly version: string
  readonly description: string
}

/** Reads the nearest package.json above the program, which is one folder further up once it is built. */
export function packageFacts(folder: string = import.meta.dirname): PackageFacts {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as PackageFacts
  } catch (error) {
    if (dirname(folder) === folder) throw error
    return packageFacts(dirname(folder))
  }
}
