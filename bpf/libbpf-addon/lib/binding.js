import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const file = fileURLToPath(new URL('../build/libbpf.node', import.meta.url))
const folder = fileURLToPath(new URL('..', import.meta.url))

let loaded

/**
 * The native half. Its functions answer a negative errno when they fail, see check(). It is loaded
 * when the first of them is used: who only imports the package needs no build.
 */
export const binding = new Proxy(
  {},
  {
    get(_, name) {
      loaded ??= loadBinding()
      return loaded[name]
    },
  },
)

function loadBinding() {
  const here = `platform ${process.platform}, arch ${process.arch}, node ${process.versions.node}`
  if (!existsSync(file)) {
    throw new Error(`libbpf-addon is not built: no ${file} (${here}); run "make -C ${folder}"`)
  }
  try {
    return createRequire(import.meta.url)(file)
  } catch (cause) {
    throw new Error(`load ${file} (${here}): ${cause.message}`, { cause })
  }
}
