// Lists the commands with a line each. A test holds this list and package.json together.

/** Each command of package.json and what it is for. */
export const commands = {
  start: 'set up what is missing, then run the agent with pipelines/local.yaml (needs root)',
  test: 'all tests but the slow ones; "npm test -- exporters/debug" runs one folder',
  'test:long': 'the tests that wait longer than most, on the running kernel (needs root)',
  check: 'format, lint, types, import arrows, docs in step, then the tests: what has to hold',
  format: 'rewrite every file the way the formatter wants it',
  lint: 'the linter alone',
  docs: 'refresh the generated tables; "npm run docs -- --check" only compares',
  new: 'scaffold a component: "npm run new -- processor drop_health_checks"',
  requirements: 'which rows of docs/requirements.md have a passing test',
  fuzz: 'bpf/http against scripts made by chance: "npm run fuzz -- --seconds 60"',
  'bench:http': 'what the agent costs the server it observes, and itself',
  'bench:encode': 'what a span costs from the record in the ring buffer to OTLP',
  'bench:audit': 'what audit events cost to records and deliveries, and how late they are known',
  'bench:aggregation': 'what 100,000 live flows cost from their reports to metrics',
  'bench:request_metrics': 'what a span costs from the record to the metrics of its service',
  'bench:passthrough': 'what it costs to pass OTLP through, beside a real Collector (needs Go)',
  'bench:processors':
    'what processors and connectors cost a span, beside a real Collector (needs Go)',
  'bench:reload': 'how long a reload takes under load, and what is lost by it',
  'bench:connections':
    'what the agent costs short connections, and whether it counts all (needs root)',
  'bench:iperf3': 'what the agent costs one stream of TCP over a veth pair (needs root)',
  'bench:events': 'what a run of each program costs, as the kernel measures it (needs root)',
  'bench:walk': 'how long it takes to read the figures of 50,000 live sockets (needs root)',
  interop: 'beside a real OpenTelemetry Collector, each sending to the other (needs Go)',
  'test:kubernetes': 'with a real Kubernetes of two versions, built once (needs Go)',
  kernels: 'what works on which kernel; "npm run kernels -- --load-only 5.10" asks the verifier',
  build: 'write dist/: what "npm pack" and the image carry',
  setup: 'only set up: Node.js, packages, compilers, addon, BPF objects',
  help: 'this list',
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const lines = Object.entries(commands).map(([name, text]) => {
    const call = ['start', 'test'].includes(name) ? `npm ${name}` : `npm run ${name}`
    return { call, text }
  })
  const width = Math.max(...lines.map(({ call }) => call.length)) + 2
  for (const { call, text } of lines) process.stdout.write(`${call.padEnd(width)}${text}\n`)
}
