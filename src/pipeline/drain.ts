import type { Logger } from '../telemetry/logger.ts'
import type { Parts } from './parts.ts'
import { within } from './within.ts'

/**
 * Waits until what receivers sent has gone through their pipelines. What does not end in `ms`
 * milliseconds is given up and logged.
 */
export async function endStreams({ streams }: Parts, ms: number, log: Logger): Promise<void> {
  if (await within(ms, Promise.all(streams.map((stream) => stream.ended)))) return
  for (const stream of streams) {
    if (stream.abandon()) log.error(`The ${stream.name} does not end, given up.`)
  }
}

/** Waits until exporters have answered for every batch; what they do not answer for is counted as lost. */
export async function landAll({ destinations, sources }: Parts, ms: number): Promise<void> {
  await within(ms, Promise.all(destinations.map((destination) => destination.idle())))
  for (const destination of destinations) destination.giveUp()
  for (const source of sources) source.giveUp()
}
