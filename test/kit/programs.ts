import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The Debian package of each system program that the kit needs. */
const packageOf = {
  'apt-get': 'apt',
  clang: 'clang',
  curl: 'curl',
  dpkg: 'dpkg',
  ip: 'iproute2',
  nsenter: 'util-linux',
  openssl: 'openssl',
  python3: 'python3',
  setpriv: 'util-linux',
  sysctl: 'procps',
  taskset: 'util-linux',
} as const

export type SystemProgram = keyof typeof packageOf

const alwaysLooked = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin', '/bin']

/** The path of a program of the system, undefined where it is not installed. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...alwaysLooked]
  return folders.map((folder) => join(folder, name)).find(isExecutable)
}

/** The path of a program of the system; says which package brings it where it is missing. */
export function needProgram(name: SystemProgram): string {
  const path = findProgram(name)
  if (path) return path
  throw new Error(`"${name}" is missing: install it with "apt-get install ${packageOf[name]}"`)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
