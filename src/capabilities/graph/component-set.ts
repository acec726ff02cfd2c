import { createHash } from 'node:crypto';
import type { Digest } from '../../core/digest.ts';
import type { MemberComponent } from './port.ts';

/** One member, in the form that is stored. */
export interface SetMember {
  /** The purl and, if the feed uses another name, the source package: what identifies a version. */
  readonly identity: string;
  readonly component: MemberComponent;
  /** The first location in sorted order, and the number of locations. */
  readonly path: string | null;
  readonly paths: number;
}

export interface ComponentSet {
  readonly digest: Digest;
  /** Sorted by identity, each once. */
  readonly members: readonly SetMember[];
}

/**
 * Equal inventories give equal digests, in any order and from any author: the set is stored once.
 */
export function buildComponentSet(components: readonly MemberComponent[]): ComponentSet {
  const byIdentity = new Map<string, SetMember>();
  for (const component of components) {
    const member = toMember(component);
    const twin = byIdentity.get(member.identity);
    byIdentity.set(member.identity, twin === undefined ? member : mergeMembers(twin, member));
  }
  const members = [...byIdentity.values()].sort((one, other) =>
    one.identity < other.identity ? -1 : 1,
  );
  const hash = createHash('sha256');
  for (const member of members) hash.update(formatLine(member));
  return { digest: `sha256:${hash.digest('hex')}` as Digest, members };
}

/** The text that identifies a package version within a shard. */
export function formatIdentity(purl: string, source: MemberComponent['source']): string {
  return source === null ? purl : `${purl} ${source.name}@${source.version}`;
}

function toMember(component: MemberComponent): SetMember {
  const { locations } = component;
  const path = locations.length < 2 ? (locations[0] ?? null) : ([...locations].sort()[0] ?? null);
  return {
    identity: formatIdentity(component.purl, component.source),
    component,
    path,
    paths: locations.length,
  };
}

function mergeMembers(one: SetMember, other: SetMember): SetMember {
  const locations = [...new Set([...one.component.locations, ...other.component.locations])];
  const development = one.component.development && other.component.development;
  return toMember({
    ...one.component,
    layer: one.component.layer ?? other.component.layer,
    locations,
    development,
  });
}

function formatLine({ identity, component, path, paths }: SetMember): string {
  return `${JSON.stringify([identity, component.layer, path, paths, component.development])}\n`;
}
