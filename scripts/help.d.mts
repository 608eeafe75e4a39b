/** Each command of package.json and what it is for. */
export const commands: Readonly<Record<string, string>>
