import { buildDefaultPolicy } from '../../../capabilities/policy/index.ts';
import { makePrintable } from '../io.ts';
import type { LocatedValue } from './survey-result.ts';

/** The values that are written into a repository, with the place where each was found. */
export interface InitValues {
  readonly policyFile: string;
  readonly cluster: LocatedValue | null;
  readonly images: readonly LocatedValue[];
  readonly components: readonly LocatedValue[];
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

/** The default policy, observing at every gate, with the registries that were found. */
export function formatPolicyDocument({ images, components }: InitValues): string {
  const text = insertList(buildDefaultPolicy({ mode: 'observe' }), 'allowedRegistries', images);
  return insertList(text, 'allowedComponentRegistries', components).replace(
    /^mode: observe$/m,
    `# Everything is evaluated and recorded, and nothing is refused.
# Enforce gate by gate, for example:
# mode: { commit: enforce, build: observe, release: enforce, admission: observe, audit: observe }
# A gate that is not named there enforces; docs/guides/observe-to-enforce.md shows the way.
mode: observe`,
  );
}

/** Inserts the list of one parameter. If the policy has no such parameter, nothing changes. */
function insertList(text: string, name: string, finds: readonly LocatedValue[]): string {
  const line = new RegExp(`^  ${name}: .*$`, 'm');
  const items = finds.map(
    ({ value, place }) => `    - ${JSON.stringify(value)} # ${formatComment(place)}`,
  );
  const list =
    items.length === 0
      ? `  # Unknown: no file here names one.\n  ${name}: []`
      : `  ${name}:\n${items.join('\n')}`;
  // A function, because `$` has a meaning in a replacement text.
  return line.test(text) ? text.replace(line, () => list) : text;
}

/** The name of a file always stays within the comment. */
function formatComment(text: string): string {
  return makePrintable(text).slice(0, 300);
}
