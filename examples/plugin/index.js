import { dropShort } from './drop_short.js'
import { heartbeat } from './heartbeat.js'
import { lines } from './lines.js'

/**
 * What `waggle --plugin` looks for: the components that the plugin brings.
 *
 * @type {readonly import('waggle/component').Factory[]}
 */
export const components = [heartbeat, dropShort, lines]
