// A service with a database, for a test: `node shop.mjs PORT DATABASE_PORT OTLP_URL`. Of its queries it
// tells itself, as programs do that an OpenTelemetry SDK is in: a span each, to OTLP_URL/v1/traces.
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import pg from 'pg'

const [port, databasePort, otlpUrl] = process.argv.slice(2)
const database = new pg.Pool({
  host: '127.0.0.1',
  port: Number(databasePort),
  user: 'waggle',
  database: 'postgres',
  max: 4,
})

const text = (key, stringValue) => ({ key, value: { stringValue } })
const nowNs = () => `${Date.now()}000000`

async function query(sql, values) {
  const span = {
    traceId: randomBytes(16).toString('hex'),
    spanId: randomBytes(8).toString('hex'),
    name: sql.split(' ')[0],
    kind: 3,
    startTimeUnixNano: nowNs(),
    attributes: [
      text('db.system.name', 'postgresql'),
      text('db.namespace', 'postgres'),
      text('server.address', '127.0.0.1'),
    ],
    status: {},
  }
  try {
    return await database.query(sql, values)
  } catch (error) {
    span.status = { code: 2, message: error.message }
    throw error
  } finally {
    span.endTimeUnixNano = nowNs()
    told.push(span)
  }
}

/** Spans that nobody has been told of yet. */
let told = []

async function tell() {
  const spans = told
  told = []
  if (spans.length > 0) {
    const resource = { attributes: [text('service.name', 'shop')] }
    const body = { resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'pg' }, spans }] }] }
    await fetch(`${otlpUrl}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }).catch(() => told.push(...spans))
  }
  setTimeout(() => void tell(), 100)
}

const server = createServer((request, response) => {
  const sql = request.url === '/broken' ? 'SELECT nothing' : 'SELECT $1::text AS path'
  query(sql, request.url === '/broken' ? [] : [request.url]).then(
    ({ rows }) => response.writeHead(200).end(rows[0].path),
    () => response.writeHead(500).end('broken'),
  )
})
server.keepAliveTimeout = 60_000
server.listen(Number(port), '127.0.0.1', () => void tell())
