import { describe, expect, it } from 'vitest'
import { cgroupAt } from './container.ts'
import { NO_NAMES } from './container_names.ts'
import { NOBODY, type ProcessIdentity } from './process_identity.ts'
import type { ProcessInfo } from './process_info.ts'
import { serviceName } from './service_name.ts'

function info(change: Partial<ProcessInfo> = {}): ProcessInfo {
  return {
    executable: '',
    arguments: [],
    cgroup: NOBODY.cgroup,
    startTime: '1',
    otelServiceName: '',
    resourceAttributes: {},
    ...change,
  }
}

/** A process in that cgroup. */
function inCgroup(path: string, change: Partial<ProcessIdentity> = {}): ProcessIdentity {
  return { ...NOBODY, pid: 1, comm: 'comm', cgroup: cgroupAt(path), ...change }
}

describe('the name of a service', () => {
  it('is taken from the first of these that says one', () => {
    const found = info({
      otelServiceName: 'from-variable',
      resourceAttributes: { 'service.name': 'from-attributes' },
      executable: '/usr/bin/node',
      arguments: ['node', 'from-script.js'],
    })
    const names = { ...NO_NAMES, k8sContainer: 'from-pod', name: 'from-runtime' }
    let process = inCgroup('/system.slice/from-unit.service', { info: found, names })
    expect(serviceName(process)).toBe('from-variable')
    process = { ...process, info: { ...found, otelServiceName: '' } }
    expect(serviceName(process)).toBe('from-attributes')
    process = { ...process, info: { ...found, otelServiceName: '', resourceAttributes: {} } }
    expect(serviceName(process)).toBe('from-unit')
    process = { ...process, cgroup: cgroupAt('/') }
    expect(serviceName(process)).toBe('from-pod')
    process = { ...process, names: { ...names, k8sContainer: '' } }
    expect(serviceName(process)).toBe('from-runtime')
    process = { ...process, names: NO_NAMES }
    expect(serviceName(process)).toBe('from-script')
    process = { ...process, info: info({ executable: '/usr/bin/node', arguments: ['node'] }) }
    expect(serviceName(process)).toBe('node')
    process = { ...process, info: info() }
    expect(serviceName(process)).toBe('comm')
    expect(serviceName({ ...process, info: undefined })).toBe('comm')
    expect(serviceName({ ...process, comm: '' })).toBe('unknown_service')
    expect(serviceName(NOBODY)).toBe('unknown_service')
  })

  it('of a process that is gone is that of its cgroup', () => {
    expect(serviceName(inCgroup('/system.slice/cron.service'))).toBe('cron')
    expect(serviceName(inCgroup('/', { names: { ...NO_NAMES, name: 'web' } }))).toBe('web')
  })

  it.each([
    ['/system.slice/nginx.service', 'nginx'],
    ['/system.slice/system-getty.slice/getty@tty1.service', 'getty@tty1'],
    ['/system.slice/app.service/worker', 'app'],
    ['/user.slice/user-1000.slice/user@1000.service/app.slice/a.service', 'a'],
    ['/user.slice/user-1000.slice/user@1000.service/app.slice/b.scope', 'comm'],
    ['/user.slice/user-1000.slice/session-3.scope', 'comm'],
    ['/', 'comm'],
  ])('in the cgroup %s is %s', (cgroup, name) => {
    expect(serviceName(inCgroup(cgroup))).toBe(name)
  })

  it.each([
    ['/usr/bin/python3.11', 'python3 /srv/shop.py --port 80', 'shop'],
    ['/usr/bin/python3.11', 'python3 -u -W ignore -X dev shop.py', 'shop'],
    ['/usr/bin/python3.11', 'python3 -m http.server 8080', 'http.server'],
    ['/usr/bin/python3.11', 'python3 -um uvicorn shop:app', 'uvicorn'],
    ['/usr/bin/python3.11', 'python3 shop.py -m debug', 'shop'],
    ['/usr/bin/python3.11', 'python3 /usr/bin/gunicorn -c conf.py shop:app', 'gunicorn'],
    ['/usr/bin/python3.11', 'python3 -c print(token)', 'python3.11'],
    ['/usr/bin/python3.11', 'python3', 'python3.11'],
    ['/usr/bin/node', 'node dist/server.js', 'server'],
    ['/usr/bin/node', 'node --require ./tracing.cjs -r x --import=y shop.mjs', 'shop'],
    ['/usr/bin/node', 'node --max-old-space-size=100 shop.ts', 'shop'],
    ['/usr/bin/node', 'node -e code(secret)', 'node'],
    ['/usr/bin/node', 'node --eval=code(secret) x', 'node'],
    ['/usr/bin/deno', 'deno run -A shop.ts', 'shop'],
    ['/usr/bin/bun', 'bun shop.ts', 'shop'],
    ['/usr/bin/ruby3.1', 'ruby -r bundler/setup shop.rb', 'shop'],
    ['/usr/bin/perl', 'perl -ne print', 'perl'],
    ['/usr/bin/php8.2', 'php -d a=b -f shop.php', 'shop'],
    ['/usr/bin/php8.2', 'php -r code(secret)', 'php8.2'],
    ['/usr/bin/bash', 'bash -e /srv/run.sh', 'run'],
    ['/usr/bin/bash', 'bash -lc curl$secret', 'bash'],
    ['/usr/bin/dash', 'sh -c curl$secret', 'dash'],
    ['/opt/jdk/bin/java', 'java -Xmx1g -jar /srv/shop-1.2.jar --port=80', 'shop-1.2'],
    ['/opt/jdk/bin/java', 'java -cp /lib/a.jar:/lib/b.jar com.example.Main', 'com.example.Main'],
    [
      '/opt/jdk/bin/java',
      'java --add-opens java.base/java.lang=ALL -p m -m shop/com.Main',
      'com.Main',
    ],
    ['/usr/sbin/nginx', 'nginx: worker process', 'nginx'],
    ['/usr/bin/nodemon', 'nodemon shop.js', 'nodemon'],
  ])('of %s run as "%s" is %s', (executable, line, name) => {
    const found = info({ executable, arguments: line.split(' ') })
    expect(serviceName(inCgroup('/', { info: found }))).toBe(name)
  })
})
