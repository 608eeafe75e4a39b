import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { unpack } from '../kit/debian.ts'
import { start } from '../kit/processes.ts'
import { findProgram } from '../kit/programs.ts'
import { tempDir } from '../kit/temp_dir.ts'

/** What to boot. */
export interface Guest {
  /** The kernel's image. */
  readonly image: string
  readonly initramfs: string
  /** The program of `guest/` to run, without its ending. */
  readonly program: string
  /** More words for the kernel's command line. */
  readonly words?: readonly string[]
  /** The guest is ended after so many milliseconds. */
  readonly timeoutMs: number
}

/** Boots a machine that is emulated wholly, and returns the result that its program handed over. */
export async function boot(guest: Guest): Promise<unknown> {
  const folder = tempDir('guest')
  const console = join(folder, 'console')
  const result = join(folder, 'result')
  const { command, args, env } = await emulator()
  const machine = await start(
    command,
    [...args, ...machineArguments(guest), ...ports(console, result)],
    {
      name: `the guest with ${guest.image}`,
      env,
    },
  )
  const timer = setTimeout(() => machine.signal('SIGKILL'), guest.timeoutMs)
  const { signal } = await machine.exited
  clearTimeout(timer)
  const text = read(result)
  if (text.endsWith('\n')) return JSON.parse(text)
  const end =
    signal === 'SIGKILL' ? `did not end in ${guest.timeoutMs / 1000} s` : 'handed over no result'
  throw new Error(`${machine.name} ${end}. ${machine.output}Its console:\n${lastLines(console)}`)
}

/** An emulator that is installed, or unpacked from its Debian package. */
async function emulator(): Promise<{
  command: string
  args: string[]
  env: Record<string, string>
}> {
  const name = 'qemu-system-x86_64'
  const installed = findProgram(name)
  if (installed) return { command: installed, args: [], env: {} }
  const { root, env, program } = await unpack('qemu-system-x86')
  const firmware = ['qemu', 'seabios'].flatMap((folder) => ['-L', join(root, 'usr/share', folder)])
  return { command: program(name), args: firmware, env }
}

// A guest's code is translated once and kept: a small buffer for that would be filled over and over.
const MACHINE =
  '-accel tcg,tb-size=512 -cpu max -smp 2 -m 1024 ' +
  '-nodefaults -no-user-config -no-reboot -display none'

function machineArguments({ image, initramfs, program, words = [] }: Guest): string[] {
  const line = ['console=ttyS0', 'panic=-1', 'quiet', `guest=${program}`, ...words].join(' ')
  return [...MACHINE.split(' '), '-kernel', image, '-initrd', initramfs, '-append', line]
}

/** The first serial port is the console. */
function ports(console: string, result: string): string[] {
  return ['-serial', `file:${console}`, '-serial', `file:${result}`]
}

function lastLines(path: string): string {
  return read(path).replaceAll('\r', '').split('\n').slice(-40).join('\n')
}

function read(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}
