import { describe, expect, it } from 'vitest'
import type { ProcessInfo } from './process_info.ts'
import { serviceName } from './service_name.ts'

function info(change: Partial<ProcessInfo> = {}): ProcessInfo {
  return {
    executable: '',
    arguments: [],
    cgroup: '',
    startTime: '1',
    otelServiceName: '',
    resourceAttributes: {},
    ...change,
  }
}

describe('the name of a service', () => {
  it('is taken from the first of these that says one', () => {
    const all = info({
      otelServiceName: 'from-variable',
      resourceAttributes: { 'service.name': 'from-attributes' },
      cgroup: '/system.slice/from-unit.service',
      executable: '/usr/bin/node',
      arguments: ['node', 'from-script.js'],
    })
    expect(serviceName(all, 'comm')).toBe('from-variable')
    const second = { ...all, otelServiceName: '' }
    expect(serviceName(second, 'comm')).toBe('from-attributes')
    const third = { ...second, resourceAttributes: {} }
    expect(serviceName(third, 'comm')).toBe('from-unit')
    const fourth = { ...third, cgroup: '/' }
    expect(serviceName(fourth, 'comm')).toBe('from-script')
    const fifth = { ...fourth, arguments: ['node'] }
    expect(serviceName(fifth, 'comm')).toBe('node')
    expect(serviceName(info(), 'comm')).toBe('comm')
    expect(serviceName(undefined, 'comm')).toBe('comm')
    expect(serviceName(info(), '')).toBe('unknown_service')
    expect(serviceName(undefined, '')).toBe('unknown_service')
  })

  it.each([
    ['/system.slice/nginx.service', 'nginx'],
    ['/system.slice/system-getty.slice/getty@tty1.service', 'getty@tty1'],
    ['/system.slice/app.service/worker', 'app'],
    ['/system.slice/docker-0123.scope', 'x'],
    ['/user.slice/user-1000.slice/user@1000.service/app.slice/a.service', 'x'],
    ['/kubepods.slice/a.service', 'x'],
    ['/', 'x'],
  ])('in the cgroup %s is %s', (cgroup, name) => {
    expect(serviceName(info({ cgroup, executable: '/bin/x' }), '')).toBe(name)
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
    expect(serviceName(info({ executable, arguments: line.split(' ') }), 'comm')).toBe(name)
  })
})
