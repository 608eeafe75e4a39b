import { z } from 'zod'

/** Whether receivers of connections and flows ask connection tracking. */
export const natOption = z
  .boolean()
  .default(true)
  .describe(
    "Tell the peer behind address translation where this node translates, by connection tracking in the agent's network namespace.",
  )
