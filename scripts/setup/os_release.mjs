// Which Linux this is.

import { readFileSync } from 'node:fs'

/** /etc/os-release as an object; empty where there is none. */
export function readOsRelease(path = '/etc/os-release') {
  let text = ''
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return {}
  }
  const lines = [...text.matchAll(/^(\w+)=(?:"(.*)"|(.*))$/gm)]
  return Object.fromEntries(lines.map(([, name, quoted, plain]) => [name, quoted ?? plain]))
}
