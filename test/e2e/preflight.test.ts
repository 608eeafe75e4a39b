import { beforeAll, describe, expect, it, vi } from 'vitest'
import { waggle } from '../kit/agent.ts'
import { cleansUp, isRoot, kernelHas } from '../kit/fixtures.ts'
import { type Exit, freePort, start } from '../kit/processes.ts'

cleansUp()

const LOCAL = `${import.meta.dirname}/../../pipelines/local.yaml`

async function outcome(
  command: string,
  args: readonly string[],
): Promise<Exit & { output: string }> {
  const program = await start(command, args)
  const exit = await program.exited
  return { ...exit, output: program.output }
}

/** Runs the agent's command where the kernel's BTF cannot be found: it is mounted over. */
function withoutBtf(args: string): Promise<Exit & { output: string }> {
  const script = `mount -t tmpfs none /sys/kernel/btf && exec ${waggle} ${args}`
  return outcome('unshare', ['--mount', 'sh', '-c', script])
}

describe.skipIf(!isRoot() || !kernelHas('btf', 'cgroup2'))(
  'what the agent needs of the machine',
  () => {
    // Something else may serve metrics on this machine.
    beforeAll(async () => {
      vi.stubEnv('OTEL_EXPORTER_PROMETHEUS_PORT', String(await freePort()))
    })

    it('[0.14] is there on a kernel with BTF, and preflight says so', async () => {
      const { code, output } = await outcome(waggle, ['preflight', '--config', LOCAL])
      expect(output).toMatch(/BTF of the running kernel .* supported +receiver\/ebpf_http/)
      expect(output).toMatch(/tp_btf\/inet_sock_set_state +supported/)
      expect(output).not.toContain('not supported')
      expect(code).toBe(0)
    })

    it('[0.14] is named by preflight, with what to do, on a kernel without BTF', async () => {
      const { code, output } = await withoutBtf('preflight')
      expect(output).toMatch(/BTF of the running kernel .* not supported/)
      expect(output).toContain('remedy: Run a kernel that is built with CONFIG_DEBUG_INFO_BTF=y')
      expect(output).toMatch(/tp_btf\/inet_sock_set_state +not supported/)
      expect(code).toBe(1)
    })

    it('[0.14] is named when the agent is started without it', async () => {
      const { code, output } = await withoutBtf(`run --config ${LOCAL}`)
      expect(output).toContain('waggle: start receiver ebpf_http: load the programs of "http"')
      expect(output).toContain('BTF')
      expect(output).toMatch(/^ {2}remedy: /m)
      expect(code).toBe(1)
    })

    it('is named when the agent is started without the rights', async () => {
      const nobody = [
        '--reuid',
        '65534',
        '--clear-groups',
        '--inh-caps=-all',
        '--bounding-set=-all',
      ]
      const script = `${waggle} run --config ${LOCAL}`
      const { code, output } = await outcome('setpriv', [...nobody, 'sh', '-c', script])
      expect(output).toContain('the process lacks CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN')
      expect(output).toContain('remedy: Run as root, or with CAP_BPF')
      expect(code).toBe(1)
    })

    it('ends with 0 on SIGTERM and on SIGINT', async () => {
      for (const signal of ['SIGTERM', 'SIGINT'] as const) {
        const program = await start(waggle, ['run', '--config', LOCAL])
        await program.waitForOutput(/Running\./)
        program.signal(signal)
        const { code } = await program.exited
        expect(code, program.output).toBe(0)
        expect(program.stderr).toContain('waggle: totals')
      }
    })
  },
)
