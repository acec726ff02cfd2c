import type { SeverityVector } from '../../capabilities/advisories/index.ts';

/**
 * What is stated about severity, as a column keeps it: `[type, vector, of, by]` of each, without
 * the empty texts at its end; the empty text where nothing is stated, as of most packages.
 */
type Cells = readonly [type: string, vector: string, of?: string, by?: string];

export function formatStated(stated: readonly SeverityVector[]): string {
  if (stated.length === 0) return '';
  return JSON.stringify(
    stated.map(({ type, vector, of = '', by = '' }): Cells => {
      if (by !== '') return [type, vector, of, by];
      return of === '' ? [type, vector] : [type, vector, of];
    }),
  );
}

/** Reads what `formatStated` wrote. */
export function parseStated(text: string): readonly SeverityVector[] {
  if (text === '') return [];
  return (JSON.parse(text) as readonly Cells[]).map(([type, vector, of = '', by = '']) => ({
    type: type as SeverityVector['type'],
    vector,
    ...(of === '' ? {} : { of }),
    ...(by === '' ? {} : { by: by as 'cna' | 'cisa-adp' }),
  }));
}
