import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cleansUp, tempDir } from '../kit/fixtures.ts'
import { filesOf, root, textOf } from './files.ts'

cleansUp()

const pipelines = filesOf('pipelines/*.yaml').map((file) => [file, textOf(file)] as const)
const examples = [...textOf('README.md').matchAll(/^```yaml\n([^]*?)^```/gm)]
  .map(([, text = '']) => ['the configuration in the README', text] as const)
  .filter(([, text]) => text.includes('service:'))

const waggle = join(root, 'bin', 'waggle')

/** The command starts in a second; many times that where others keep the CPUs busy. */
const TIMEOUT_MS = 30_000

describe('bin/waggle', () => {
  it('runs the sources in Node.js as they are', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      version: string
    }
    const { status, stdout, stderr } = spawnSync(waggle, ['--version'], { encoding: 'utf8' })
    expect({ status, stdout, stderr }).toEqual({
      status: 0,
      stdout: `waggle ${version}\n`,
      stderr: '',
    })
  })

  it.each([...pipelines, ...examples])(
    'accepts %s',
    (_, text) => {
      const args = ['validate', '--config', `yaml:${text}`]
      const { status, stderr } = spawnSync(waggle, args, { encoding: 'utf8' })
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    },
    TIMEOUT_MS,
  )

  it('finds its folder through links, also relative ones', () => {
    const dir = installation('console.log(import.meta.url)')
    mkdirSync(join(dir, 'bin'))
    symlinkSync(`${join(dir, 'waggle', 'bin')}/waggle`, join(dir, 'bin', 'absolute'))
    symlinkSync('absolute', join(dir, 'bin', 'relative'))
    expect(run(join(dir, 'bin', 'relative'), nodePath()).stdout).toContain('/dist/src/main.js')
  })

  it('hands arguments and the exit code through', () => {
    const dir = installation('console.log(process.argv.slice(2).join()); process.exit(3)')
    const ended = run(join(dir, 'waggle', 'bin', 'waggle'), nodePath(), ['a b', '--c'])
    expect({ status: ended.status, stdout: ended.stdout }).toEqual({
      status: 3,
      stdout: 'a b,--c\n',
    })
  })

  it.each([
    ['', 1],
    ['16', 16],
  ])('has a young generation of WAGGLE_SEMI_SPACE_MIB="%s"', (given, used) => {
    const dir = installation('console.log(process.execArgv[0])')
    const ended = run(join(dir, 'waggle', 'bin', 'waggle'), nodePath(), [], given)
    expect(ended).toMatchObject({ status: 0, stdout: `--max-semi-space-size=${used}\n` })
  })

  it.each(['0', '100', '-1', '1 --eval x', 'much'])(
    'refuses WAGGLE_SEMI_SPACE_MIB="%s"',
    (given) => {
      const ended = run(join(installation(''), 'waggle', 'bin', 'waggle'), nodePath(), [], given)
      expect(ended).toMatchObject({
        status: 1,
        stderr: `waggle: WAGGLE_SEMI_SPACE_MIB: expected a whole number from 1 to 99, received "${given}"\n`,
      })
    },
  )

  it('says that a Node.js is needed where there is none', () => {
    const dir = installation('')
    expect(run(join(dir, 'waggle', 'bin', 'waggle'), tools(dir))).toMatchObject({
      status: 1,
      stderr:
        'waggle: needs Node.js 22.18 or newer, and there is no "node" on the PATH: ' +
        'install it, or in a checkout run "npm start", which brings its own\n',
    })
  })

  it.each([
    ['v20.20.2', 1],
    ['v22.17.9', 1],
    ['v22.18.0', 0],
    ['v24.0.0', 0],
  ])('meets Node.js %s with exit code %i', (version, status) => {
    const dir = installation('')
    const path = tools(dir)
    writeFileSync(join(path, 'node'), `#!/bin/sh\n[ "$1" != --version ] || echo ${version}\n`, {
      mode: 0o755,
    })
    const ended = run(join(dir, 'waggle', 'bin', 'waggle'), path)
    expect(ended.status).toBe(status)
    expect(ended.stderr).toBe(
      status === 0
        ? ''
        : `waggle: needs Node.js 22.18 or newer, and "node" on the PATH is ${version}: ` +
            'install it, or in a checkout run "npm start", which brings its own\n',
    )
  })

  it('says what is missing from an incomplete installation', () => {
    const dir = installation('')
    const bare = join(dir, 'bare')
    mkdirSync(join(bare, 'bin'), { recursive: true })
    writeFileSync(join(bare, 'bin', 'waggle'), readFileSync(waggle), { mode: 0o755 })
    expect(run(join(bare, 'bin', 'waggle'), nodePath()).stderr).toBe(
      `waggle: neither src/main.ts nor dist/src/main.js is in ${bare}: the installation is incomplete\n`,
    )
  })
})

/** A folder with an installed package `waggle` that has this as its main module. */
function installation(main: string): string {
  const dir = tempDir('command')
  mkdirSync(join(dir, 'waggle', 'bin'), { recursive: true })
  mkdirSync(join(dir, 'waggle', 'dist', 'src'), { recursive: true })
  writeFileSync(join(dir, 'waggle', 'package.json'), '{ "type": "module" }')
  writeFileSync(join(dir, 'waggle', 'dist', 'src', 'main.js'), main)
  writeFileSync(join(dir, 'waggle', 'bin', 'waggle'), readFileSync(waggle), { mode: 0o755 })
  return dir
}

/** A PATH with what a shell script needs and no node. */
function tools(dir: string): string {
  const path = join(dir, 'tools')
  mkdirSync(path)
  for (const name of ['dirname', 'readlink']) symlinkSync(`/usr/bin/${name}`, join(path, name))
  return path
}

function nodePath(): string {
  return `${join(process.execPath, '..')}:${process.env['PATH']}`
}

function run(program: string, path: string, args: string[] = [], semiSpaceMib = '') {
  const env = { PATH: path, WAGGLE_SEMI_SPACE_MIB: semiSpaceMib }
  return spawnSync('/bin/sh', [program, ...args], { encoding: 'utf8', env })
}
