import { defineExtension } from '../../src/component/component.ts'
import { deliveryApiConfig } from './config.ts'
import { DeliveryApiExtension } from './extension.ts'

/** Serves what is known of the delivery of pods. */
export const deliveryApi = defineExtension({
  type: 'delivery_api',
  summary:
    "Serves pods' delivery over HTTP: trace, promise and diagnosis, for programs and people.",
  stability: 'alpha',
  config: deliveryApiConfig,
  create: (settings, config) => new DeliveryApiExtension(settings, config),
})
