import { defineExtension } from '../../src/component/component.ts'
import { oauth2ClientConfig } from './config.ts'
import { Oauth2ClientExtension } from './extension.ts'

/** Authenticates as a client with tokens of OAuth 2.0. */
export const oauth2Client = defineExtension({
  type: 'oauth2_client',
  aliases: ['oauth2client'],
  summary: 'Gets tokens by OAuth 2.0 client credentials, and sends them with requests.',
  stability: 'alpha',
  config: oauth2ClientConfig,
  create: (settings, config) => new Oauth2ClientExtension(settings, config),
})
