/** What can be decided without the editor. */

const NODE_MIN = [24, 15] as const;

interface NodeChoice {
  /** What the person named; it alone counts then. */
  readonly set: string;
  /** What runs the extension. */
  readonly own: { readonly path: string; readonly version: string };
  readonly ask: (program: string) => string | null;
}

/** The Node.js that runs Waybill; null where none is new enough. */
export function chooseNode({ set, own, ask }: NodeChoice): string | null {
  if (set !== '') return isNewEnough(ask(set)) ? set : null;
  if (isNewEnough(own.version)) return own.path;
  return isNewEnough(ask('node')) ? 'node' : null;
}

function isNewEnough(version: string | null): boolean {
  const [, major, minor] = /^v?(\d{1,4})\.(\d{1,4})\./.exec(version ?? '') ?? [];
  if (major === undefined) return false;
  const [least, leastMinor] = NODE_MIN;
  return Number(major) > least || (Number(major) === least && Number(minor) >= leastMinor);
}

export interface Signing {
  readonly status: 'ok' | 'warning' | 'problem';
  readonly message: string;
  readonly fix: string | null;
}

/** The answer to `waybill/signing`; null where the folder is no work tree, or nothing is known. */
export function readSigning(answer: unknown): Signing | null {
  if (typeof answer !== 'object' || answer === null) return null;
  const { status, message, fix } = answer as Readonly<Record<string, unknown>>;
  if (status !== 'ok' && status !== 'warning' && status !== 'problem') return null;
  if (typeof message !== 'string') return null;
  return { status, message, fix: typeof fix === 'string' ? fix : null };
}
