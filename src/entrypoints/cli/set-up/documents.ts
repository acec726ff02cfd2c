import { buildDefaultPolicy } from '../../../capabilities/policy/index.ts';
import { makePrintable } from '../io.ts';
import type { LocatedValue } from './survey-result.ts';

/** The values that are written into a repository, with the place where each was found. */
export interface InitValues {
  readonly policyFile: string;
  readonly cluster: LocatedValue | null;
  /** What the user said may be allowed. */
  readonly images: readonly LocatedValue[];
  readonly components: readonly LocatedValue[];
  /** What was found, and is shown beside it for the user to decide. */
  readonly found: {
    readonly images: readonly LocatedValue[];
    readonly components: readonly LocatedValue[];
  };
}

/**
 * The text of waybill.yaml. Every value is written as JSON, so that no name can break out of it;
 * every comment is one line.
 */
export function formatConfigDocument({ policyFile, cluster }: InitValues): string {
  return `# Written by waybill init. Paths are relative to this file.
# docs/reference/commands.md lists every key.
apiVersion: waybill.dev/v1
kind: Config
policy: ${JSON.stringify(policyFile)}
${
  cluster === null
    ? '# The name of the cluster that waybill serve decides for is unknown here.\n' +
      '# cluster: production'
    : `cluster: ${JSON.stringify(cluster.value)} # ${formatComment(cluster.place)}`
}
`;
}

/**
 * The default policy, observing at every gate. It allows what the user said, and names beside it
 * what was found.
 */
export function formatPolicyDocument({ images, components, found }: InitValues): string {
  const plain = buildDefaultPolicy({ mode: 'observe' });
  const text = insertList(plain, 'allowedRegistries', images, found.images);
  return insertList(text, 'allowedComponentRegistries', components, found.components).replace(
    /^mode: observe$/m,
    `# Everything is evaluated and recorded, and nothing is refused.
# Enforce gate by gate, for example:
# mode: { commit: enforce, build: observe, release: enforce, admission: observe, audit: observe }
# A gate that is not named there enforces; docs/guides/observe-to-enforce.md shows the way.
mode: observe`,
  );
}

/** Inserts the list of one parameter. If the policy has no such parameter, nothing changes. */
function insertList(
  text: string,
  name: string,
  allowed: readonly LocatedValue[],
  found: readonly LocatedValue[],
): string {
  const line = new RegExp(`^  ${name}: .*$`, 'm');
  const format = ({ value, place }: LocatedValue): string =>
    `- ${makePrintable(JSON.stringify(value))} # ${formatComment(place)}`;
  const isAllowed = new Set(allowed.map(({ value }) => value));
  // mutant found-registry-is-allowed by set-up/documents: receiver -> []
  const open = found.filter(({ value }) => !isAllowed.has(value));
  const none = allowed.length === 0 && open.length === 0;
  const lines = [
    ...(none ? ['  # Unknown: no file here names one.'] : []),
    ...(open.length === 0 ? [] : [OPEN, ...open.map((one) => `  #   ${format(one)}`)]),
    allowed.length === 0 ? `  ${name}: []` : `  ${name}:`,
    ...allowed.map((one) => `    ${format(one)}`),
  ];
  // A function, because `$` has a meaning in a replacement text.
  return line.test(text) ? text.replace(line, () => lines.join('\n')) : text;
}

const OPEN =
  '  # Found here, and not allowed: a file does not decide whom you trust. Allow what you know.';

/** The name of a file always stays within the comment. */
function formatComment(text: string): string {
  return makePrintable(text).slice(0, 300);
}
