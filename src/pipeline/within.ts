/**
 * Waits for work, `ms` milliseconds at most. Resolves to false when the time is over; the work goes
 * on by itself then, and nobody hears how it ends. Rejects as the work does.
 */
export async function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const over = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms)
  })
  try {
    return await Promise.race([work.then(() => true), over])
  } finally {
    clearTimeout(timer)
  }
}
