/** The own member of a record of texts; a plain object also answers to `constructor`. */
export function getOwn(record: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
