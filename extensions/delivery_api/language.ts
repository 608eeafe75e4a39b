import { LANGUAGES, type Language } from '../../src/helpers/delivery/wording.ts'

/** The language of an answer by the header `Accept-Language` (RFC 9110, 12.5.4); English unless Chinese is liked better. */
export function languageOf(header: string): Language {
  const [best] = header
    .split(',', 32)
    .map(rangeOf)
    .filter(({ quality }) => quality > 0)
    .toSorted((a, b) => b.quality - a.quality)
    .flatMap(({ name }) => LANGUAGES.filter((language) => language === name))
  return best ?? 'en'
}

function rangeOf(text: string): { name: string; quality: number } {
  const [range = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase())
  const weight = parameters.find((one) => one.startsWith('q='))
  const quality = weight === undefined ? 1 : Number(weight.slice(2))
  return { name: range.split('-')[0] as string, quality: Number.isFinite(quality) ? quality : 0 }
}
