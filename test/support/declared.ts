import { orThrow, type Result } from '../../src/core/result.ts';

interface ManifestView {
  readonly dependencies: readonly {
    readonly name: string;
    readonly version: string | null;
    readonly pinned: string;
    readonly place: { readonly line: number };
  }[];
  readonly notLookedAt: readonly { readonly kind: string; readonly line: number }[];
}

/** What a reader finds in a text, one line each: `3 docker.io/library/node 22 no`. */
export function showDeclared(
  read: (file: string, bytes: Uint8Array) => Result<ManifestView>,
  text: string,
  file = 'file.yml',
): readonly string[] {
  const { dependencies, notLookedAt } = orThrow(read(file, new TextEncoder().encode(text)));
  return [
    ...dependencies.map(
      ({ name, version, pinned, place }) => `${place.line} ${name} ${version ?? '-'} ${pinned}`,
    ),
    ...notLookedAt.map(({ kind, line }) => `${line} ${kind} is not read`),
  ];
}

/** Throws where a text of it, cut short anywhere, makes a reader throw or leave its lines. */
export function cutShort(
  read: (file: string, bytes: Uint8Array) => Result<ManifestView>,
  text: string,
  file = 'file.yml',
): void {
  const bytes = new TextEncoder().encode(text);
  for (let end = 0; end <= bytes.length; end++) {
    const reading = read(file, bytes.subarray(0, end));
    if (!reading.ok) continue;
    for (const { place } of reading.value.dependencies)
      if (place.line < 1 || place.line > text.split('\n').length)
        throw new Error(`a line that is not there: ${place.line}`);
  }
}
