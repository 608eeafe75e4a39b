/** Files that pages load, by the end of their names: there are many of them and nobody asks which. */
const EXTENSIONS = [
  'css js mjs map wasm webmanifest',
  'png jpg jpeg gif svg ico webp avif bmp tif tiff',
  'woff woff2 ttf otf eot',
  'mp3 mp4 ogg wav webm m3u8 ts',
  'pdf zip gz tgz bz2 xz 7z rar tar',
].flatMap((line) => line.split(' '))

const BY_LENGTH: readonly (readonly string[])[] = Array.from({ length: 12 }, (_, length) =>
  EXTENSIONS.filter((extension) => extension.length === length),
)

/** The extension that stands from `start` up to `end`, in any case, if it is one of such files. */
export function fileExtension(bytes: Buffer, start: number, end: number): string | undefined {
  const candidates = BY_LENGTH[end - start]
  if (candidates === undefined) return undefined
  for (const candidate of candidates) if (isSame(bytes, start, candidate)) return candidate
  return undefined
}

function isSame(bytes: Buffer, start: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (((bytes[start + i] as number) | 0x20) !== text.charCodeAt(i)) return false
  }
  return true
}
