import { expect, it } from 'vitest'
import { World } from './testing/world.ts'

function world(): World {
  return new World()
    .receiver('ebpf_http', ['observations'])
    .receiver('otlp', ['traces', 'metrics', 'logs'])
    .receiver('host_metrics', ['metrics'])
    .processor('protocol_inference', ['observations>traces', 'traces>traces'])
    .processor('aggregation', ['observations>metrics'])
    .processor('k8s_attributes', ['traces>traces', 'metrics>metrics', 'logs>logs'])
    .connector('forward', ['traces>traces', 'metrics>metrics', 'logs>logs'])
    .connector('request_metrics', ['traces>metrics'])
    .exporter('otlp_grpc', ['traces', 'metrics', 'logs'])
    .exporter('traces_only', ['traces'])
    .extension('health')
}

/** A configuration in which everything is configured, and the pipelines are these. */
function withPipelines(pipelines: string): string {
  return `
receivers: {ebpf_http: , otlp: , host_metrics: }
processors: {protocol_inference: , aggregation: , k8s_attributes: }
connectors: {forward: , forward/b: , request_metrics: }
exporters: {otlp_grpc: , traces_only: }
extensions: {health: }
service:
  extensions: [health]
  pipelines:
${pipelines}`
}

const problems = (pipelines: string): string[] => world().problems(withPipelines(pipelines))

it('plans a chain whose kinds fit, and creates no component for it', () => {
  const here = world()
  const { plan, problems } = here.plan(
    withPipelines(`
    traces: {receivers: [ebpf_http], processors: [protocol_inference, k8s_attributes], exporters: [otlp_grpc]}`),
  )
  expect(problems).toEqual([])
  expect(plan?.pipelines.map(({ id }) => id)).toEqual(['traces'])
  expect(plan?.extensions.map(({ id }) => id)).toEqual(['health'])
  expect(here.receivers.size).toBe(0)
})

it('names the processors that would help when a kind is not taken', () => {
  expect(
    problems(`
    traces:
      receivers: [ebpf_http]
      processors: [k8s_attributes]
      exporters: [otlp_grpc]`),
  ).toEqual([
    'w.yaml:13:20: service.pipelines.traces.processors[0]: "k8s_attributes" takes traces, metrics or logs, but here come observations; put a processor that turns observations into traces before it (protocol_inference)',
  ])
})

it('advises the processor that leads to the kind of the pipeline', () => {
  expect(
    problems(`
    metrics: {receivers: [ebpf_http], processors: [k8s_attributes], exporters: [otlp_grpc]}`),
  ).toEqual([
    'w.yaml:11:52: service.pipelines.metrics.processors[0]: "k8s_attributes" takes traces, metrics or logs, but here come observations; put a processor that turns observations into metrics before it (aggregation)',
  ])
})

it('advises to move a processor that stands too late', () => {
  expect(
    problems(`
    traces: {receivers: [ebpf_http], processors: [k8s_attributes, protocol_inference], exporters: [otlp_grpc]}`),
  ).toEqual([
    'w.yaml:11:51: service.pipelines.traces.processors[0]: "k8s_attributes" takes traces, metrics or logs, but here come observations; move "protocol_inference", which turns observations into traces, before it',
  ])
})

it('gives no advice where no processor would help', () => {
  const here = new World()
    .receiver('ebpf_http', ['observations'])
    .processor('k8s_attributes', ['traces>traces'])
    .exporter('otlp_grpc', ['traces'])
  expect(
    here.problems(`
receivers: {ebpf_http: }
processors: {k8s_attributes: }
exporters: {otlp_grpc: }
service: {pipelines: {traces: {receivers: [ebpf_http], processors: [k8s_attributes], exporters: [otlp_grpc]}}}`),
  ).toEqual([
    'w.yaml:5:69: service.pipelines.traces.processors[0]: "k8s_attributes" takes traces, but here come observations',
  ])
})

it('has a processor that can make several kinds make that of its pipeline', () => {
  const here = new World()
    .receiver('ebpf_flows', ['observations'])
    .processor('aggregation', ['observations>metrics', 'observations>logs'])
    .exporter('otlp_grpc', ['traces', 'metrics', 'logs'])
  expect(
    here.problems(`
receivers: {ebpf_flows: }
processors: {aggregation: }
exporters: {otlp_grpc: }
service:
  pipelines:
    metrics: {receivers: [ebpf_flows], processors: [aggregation], exporters: [otlp_grpc]}
    logs: {receivers: [ebpf_flows], processors: [aggregation], exporters: [otlp_grpc]}
    traces: {receivers: [ebpf_flows], processors: [aggregation], exporters: [otlp_grpc]}`),
  ).toEqual([
    'w.yaml:9:78: service.pipelines.traces.exporters[0]: "otlp_grpc" takes traces, but here come metrics and logs',
  ])
})

it('refuses observations at the exporters of an empty chain, once for all exporters', () => {
  expect(
    problems(`
    traces: {receivers: [ebpf_http], exporters: [otlp_grpc, traces_only]}`),
  ).toEqual([
    'w.yaml:11:50: service.pipelines.traces.exporters[0]: "otlp_grpc" takes traces, but here come observations; put a processor that turns observations into traces before it (protocol_inference)',
  ])
})

it('lets two kinds travel together and names the one that is not taken', () => {
  const mixed = (processors: string): string[] =>
    problems(`
    traces: {receivers: [ebpf_http, otlp], processors: [${processors}], exporters: [otlp_grpc]}`)
  expect(mixed('protocol_inference, k8s_attributes')).toEqual([])
  expect(mixed('k8s_attributes')).toEqual([
    'w.yaml:11:57: service.pipelines.traces.processors[0]: "k8s_attributes" takes traces, metrics or logs, but here come observations; put a processor that turns observations into traces before it (protocol_inference)',
  ])
  expect(mixed('aggregation')).toEqual([
    'w.yaml:11:57: service.pipelines.traces.processors[0]: "aggregation" takes observations, but here come traces',
  ])
})

it('refuses an exporter that does not take the kind of the pipeline', () => {
  expect(
    problems(`
    metrics: {receivers: [host_metrics], exporters: [otlp_grpc, traces_only]}`),
  ).toEqual([
    'w.yaml:11:65: service.pipelines.metrics.exporters[1]: "traces_only" takes traces, but this pipeline carries metrics',
  ])
})

it('refuses a receiver that has nothing for the pipeline', () => {
  expect(
    problems(`
    traces: {receivers: [otlp, host_metrics], exporters: [otlp_grpc]}`),
  ).toEqual([
    'w.yaml:11:32: service.pipelines.traces.receivers[1]: "host_metrics" produces metrics, but this pipeline carries traces',
  ])
})

it('reports the problems of all pipelines at once, by place', () => {
  expect(
    problems(`
    logs: {receivers: [otlp], processors: [protocol_inference], exporters: [traces_only]}
    metrics: {receivers: [host_metrics], processors: [aggregation], exporters: [otlp_grpc]}`),
  ).toEqual([
    'w.yaml:11:44: service.pipelines.logs.processors[0]: "protocol_inference" takes observations or traces, but here come logs',
    'w.yaml:12:55: service.pipelines.metrics.processors[0]: "aggregation" takes observations, but here come metrics',
  ])
})

it('takes connectors that join pipelines of fitting kinds', () => {
  expect(
    problems(`
    traces/all: {receivers: [otlp], exporters: [request_metrics, forward]}
    metrics: {receivers: [request_metrics], exporters: [otlp_grpc]}
    traces/sampled: {receivers: [forward], exporters: [otlp_grpc]}`),
  ).toEqual([])
})

it('refuses a connector that is used at one end only', () => {
  expect(
    problems(`
    traces: {receivers: [otlp], exporters: [request_metrics]}
    metrics: {receivers: [forward], exporters: [otlp_grpc]}`),
  ).toEqual([
    'w.yaml:11:45: service.pipelines.traces.exporters[0]: connector "request_metrics" ends this pipeline, but no pipeline has it as receiver',
    'w.yaml:12:27: service.pipelines.metrics.receivers[0]: connector "forward" begins this pipeline, but no pipeline has it as exporter',
  ])
})

it('refuses a connector whose kinds fit at neither end', () => {
  expect(
    problems(`
    traces: {receivers: [otlp], exporters: [request_metrics]}
    logs: {receivers: [request_metrics], exporters: [otlp_grpc]}`),
  ).toEqual([
    'w.yaml:11:45: service.pipelines.traces.exporters[0]: connector "request_metrics" turns traces into metrics, but no pipeline that has it as receiver carries that',
    'w.yaml:12:24: service.pipelines.logs.receivers[0]: connector "request_metrics" turns traces into metrics, but this pipeline carries logs',
  ])
})

it('refuses a connector at the end of a pipeline whose kind it does not take', () => {
  expect(
    problems(`
    logs: {receivers: [otlp], exporters: [request_metrics]}
    metrics: {receivers: [request_metrics], exporters: [otlp_grpc]}`),
  ).toEqual([
    'w.yaml:11:43: service.pipelines.logs.exporters[0]: "request_metrics" takes traces, but this pipeline carries logs',
  ])
})

it('shows the whole way of a cycle', () => {
  expect(
    problems(`
    traces/in: {receivers: [otlp], exporters: [forward]}
    traces: {receivers: [forward, forward/b], exporters: [forward/b]}`),
  ).toEqual([
    'w.yaml:12:59: service.pipelines.traces.exporters[0]: cycle: pipeline "traces" -> connector "forward/b" -> pipeline "traces"',
  ])
  expect(
    problems(`
    traces: {receivers: [otlp, forward/b], exporters: [forward]}
    traces/two: {receivers: [forward], exporters: [forward/b]}`),
  ).toEqual([
    'w.yaml:11:56: service.pipelines.traces.exporters[0]: cycle: pipeline "traces" -> connector "forward" -> pipeline "traces/two" -> connector "forward/b" -> pipeline "traces"',
  ])
})
