/** The kernels of Debian's that are tried: the oldest that will do, and what came after. */
export const SERIES = ['5.10', '6.1', '6.12', 'newest'] as const
