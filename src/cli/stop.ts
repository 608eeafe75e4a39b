import type { Logger } from '../telemetry/logger.ts'
import type { Program } from './program.ts'

/** Why a run ends. */
export type StopReason =
  | { readonly kind: 'signal'; readonly signal: NodeJS.Signals }
  /** Whoever read the standard output has gone: `waggle run | head`. */
  | { readonly kind: 'reader_gone' }
  /** A component or a pipeline cannot go on. */
  | { readonly kind: 'failed'; readonly error: unknown }
  /** An error that nobody had reckoned with. */
  | { readonly kind: 'crashed'; readonly error: unknown }

const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/**
 * Listens for all that ends a run. Resolves with the first reason; a second signal ends the process
 * at once with code 1, later errors are only logged.
 */
export function stopRequested({ stdout, stderr, exit }: Program, log: Logger): Promise<StopReason> {
  const { promise, resolve } = Promise.withResolvers<StopReason>()
  let signals = 0
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (++signals > 1) {
        log.error({ signal }, 'Second signal, ending at once.')
        exit(1)
      }
      resolve({ kind: 'signal', signal })
    })
  }
  const onCrash = (error: unknown): void => {
    log.error({ err: error }, 'Unexpected error, shutting down.')
    resolve({ kind: 'crashed', error })
  }
  process.on('uncaughtException', onCrash)
  process.on('unhandledRejection', onCrash)
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') resolve({ kind: 'reader_gone' })
  })
  stderr.on('error', () => {})
  return promise
}
