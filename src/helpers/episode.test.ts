import { describe, expect, it } from 'vitest'
import { Episode } from './episode.ts'
import { FakeClock } from './fixtures.ts'

function episodeOf() {
  const clock = new FakeClock()
  const said: string[] = []
  const lines = {
    begins: () => said.push('begins'),
    ends: (total: number, ms: number) => said.push(`ends ${total} ${ms}`),
  }
  return { clock, said, episode: new Episode(lines, { clock }) }
}

describe('Episode', () => {
  it('says once that it begins and once, with the total, that it ends', async () => {
    const { clock, said, episode } = episodeOf()
    episode.add(3)
    await clock.advance(1_000)
    episode.add(4)
    await clock.advance(5_000)
    episode.calm()
    episode.calm()
    expect(said).toEqual(['begins', 'ends 7 6000'])
  })

  it('goes on when a success comes soon after a failure', async () => {
    const { clock, said, episode } = episodeOf()
    episode.add(1)
    await clock.advance(4_999)
    episode.calm()
    episode.add(1)
    expect(said).toEqual(['begins'])
  })

  it('begins anew after its end', async () => {
    const { said, episode } = episodeOf()
    episode.add(1)
    episode.end()
    episode.add(2)
    episode.end()
    episode.end()
    expect(said).toEqual(['begins', 'ends 1 0', 'begins', 'ends 2 0'])
  })
})
