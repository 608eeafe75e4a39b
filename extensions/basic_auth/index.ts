import { defineExtension } from '../../src/component/component.ts'
import { BasicAuthClient } from './client.ts'
import { basicAuthConfig, type HtpasswdConfig } from './config.ts'
import { BasicAuthServer } from './server.ts'

/** Authenticates with names and passwords, as a client or as a server. */
export const basicAuth = defineExtension({
  type: 'basic_auth',
  aliases: ['basicauth'],
  summary: 'Sends a name and a password with requests, or takes requests that have them.',
  stability: 'alpha',
  config: basicAuthConfig,
  create: (settings, { htpasswd, client_auth }) =>
    client_auth
      ? new BasicAuthClient(settings, client_auth)
      : new BasicAuthServer(settings, htpasswd as HtpasswdConfig),
})
