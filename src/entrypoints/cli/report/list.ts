import type { Renderer } from './renderer.ts';

/**
 * The part of a report that a renderer shows; a command offers the formats for the parts that it
 * has.
 */
export type ReportPart = 'blocks' | 'value' | 'tree' | 'findings';

interface RendererEntry {
  /** The word after `--format`. */
  readonly format: string;
  readonly takes: ReportPart;
  /** Loads the code only when the format is requested. */
  readonly load: () => Promise<Renderer>;
}

/** The only list of output formats, in the order in which help shows them. */
export const RENDERERS = [
  { format: 'table', takes: 'blocks', load: () => import('./text.ts') },
  { format: 'json', takes: 'value', load: () => import('./json.ts') },
  { format: 'tree', takes: 'tree', load: () => import('./tree.ts') },
  { format: 'sarif', takes: 'findings', load: () => import('./sarif.ts') },
  { format: 'github', takes: 'findings', load: () => import('./github.ts') },
  { format: 'gitlab', takes: 'findings', load: () => import('./gitlab.ts') },
  { format: 'junit', takes: 'findings', load: () => import('./junit.ts') },
  { format: 'markdown', takes: 'findings', load: () => import('./markdown.ts') },
  { format: 'csv', takes: 'findings', load: () => import('./csv.ts') },
] as const satisfies readonly RendererEntry[];

/** The formats of a command whose report has the parts `T`. */
export type FormatOf<T extends ReportPart> = Extract<
  (typeof RENDERERS)[number],
  { readonly takes: T }
>['format'];

export function listFormats<T extends ReportPart>(gives: readonly T[]): readonly FormatOf<T>[] {
  const isGiven = ({ takes }: RendererEntry): boolean =>
    (gives as readonly ReportPart[]).includes(takes);
  return RENDERERS.filter(isGiven).map(({ format }) => format as FormatOf<T>);
}

/** The renderer of a format; for a format without a renderer the table, which every report has. */
export function loadRenderer(format: string, isTerminal: boolean): Promise<Renderer> {
  const [table] = RENDERERS;
  // What fits tables into a width is loaded only where there is one.
  if (isTerminal && (format === table.format || !RENDERERS.some((one) => one.format === format)))
    return import('./terminal.ts');
  return (RENDERERS.find((one) => one.format === format) ?? table).load();
}
