/** One metric of the conventions. */
export interface Instrument {
  readonly name: MetricName
  readonly description: string
  /** UCUM. */
  readonly unit: 's' | 'By' | '{request}'
}

/** Name of a metric that is made. */
export type MetricName = `http.${'server' | 'client'}.${
  | 'request.duration'
  | 'request.body.size'
  | 'response.body.size'
  | 'active_requests'}`

/** What is measured of an exchange at one of its ends. */
export const MEASURES = ['duration', 'requestBody', 'responseBody'] as const
/** One of the things that are measured. */
export type Measure = (typeof MEASURES)[number]

/** Names, units and descriptions of the HTTP metrics' conventions. */
export const INSTRUMENTS: Record<'server' | 'client', Record<Measure, Instrument>> = {
  server: instrumentsOf('server'),
  client: instrumentsOf('client'),
}

/** How many requests are in flight. */
export const ACTIVE_REQUESTS: Record<'server' | 'client', Instrument> = {
  server: {
    name: 'http.server.active_requests',
    description: 'Number of active HTTP server requests.',
    unit: '{request}',
  },
  client: {
    name: 'http.client.active_requests',
    description: 'Number of active HTTP requests.',
    unit: '{request}',
  },
}

function instrumentsOf(side: 'server' | 'client'): Record<Measure, Instrument> {
  return {
    duration: {
      name: `http.${side}.request.duration`,
      description: `Duration of HTTP ${side} requests.`,
      unit: 's',
    },
    requestBody: {
      name: `http.${side}.request.body.size`,
      description: `Size of HTTP ${side} request bodies.`,
      unit: 'By',
    },
    responseBody: {
      name: `http.${side}.response.body.size`,
      description: `Size of HTTP ${side} response bodies.`,
      unit: 'By',
    },
  }
}
