import { defineExtension } from '../../src/component/component.ts'
import { bearerTokenAuthConfig } from './config.ts'
import { BearerTokenAuthExtension } from './extension.ts'

/** Authenticates with a token, as a client and as a server. */
export const bearerTokenAuth = defineExtension({
  type: 'bearer_token_auth',
  aliases: ['bearertokenauth'],
  summary: 'Sends a token with requests, and takes requests that have one.',
  stability: 'alpha',
  config: bearerTokenAuthConfig,
  create: (settings, config) => new BearerTokenAuthExtension(settings, config),
})
