import { defineExtension } from '../../src/component/component.ts'
import { healthCheckConfig } from './config.ts'
import { HealthCheckExtension } from './extension.ts'

/** Tells over HTTP whether the agent is healthy, and what fails. */
export const healthCheck = defineExtension({
  type: 'health_check',
  aliases: ['healthcheckv2', 'health_check_v2'],
  summary: 'Tells over HTTP whether the agent is healthy, and which pipeline fails and why.',
  stability: 'alpha',
  config: healthCheckConfig,
  create: (settings, config) => new HealthCheckExtension(settings, config),
})
