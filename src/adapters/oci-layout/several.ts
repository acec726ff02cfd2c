import {
  type ArtifactSource,
  boundReferrers,
  type ReferrersList,
} from '../../capabilities/registry/index.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import type { Digest } from '../../core/digest.ts';
import { formatRepository, type ImageReference } from '../../core/image-reference.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import type { LayoutSource } from './source.ts';

/** A layout that stands in for registries. */
export interface StandIn {
  /** The one repository whose content it holds; null where its entries have whole names. */
  readonly repository: string | null;
  readonly source: LayoutSource;
}

/**
 * Images of any repositories from layouts, without a registry. A digest is looked for in every
 * layout that may hold the repository. A tag is one of the layout of its repository, or an entry
 * with the whole name of the image: a bare tag of another repository never counts.
 */
export function createStandIns(standIns: readonly StandIn[]): ArtifactSource {
  const choose = (repository: string): readonly StandIn[] =>
    // mutant layout-of-another-repository by several: argument -> () => true
    standIns.filter((one) => one.repository === null || one.repository === repository);
  const sources = (repository: string): readonly LayoutSource[] =>
    choose(repository).map(({ source }) => source);
  return {
    resolve: (reference) => resolveReference(choose(formatRepository(reference)), reference),
    manifest: (repository, wanted, call) =>
      tryEach(sources(repository), (one) => one.manifest(repository, wanted, call)),
    blob: (repository, descriptor, call) =>
      tryEach(sources(repository), (one) => one.blob(repository, descriptor, call)),
    blobBytes: (repository, descriptor, bytesMax, call) =>
      tryEach(sources(repository), (one) => one.blobBytes(repository, descriptor, bytesMax, call)),
    referrers: async (repository, digest, artifactType, call) => {
      const lists: ReferrersList[] = [];
      for (const one of sources(repository)) {
        const list = await one.referrers(repository, digest, artifactType, call);
        if (!list.ok) return list;
        lists.push(list.value);
      }
      return ok(mergeLists(lists));
    },
  };
}

/** Tags that name a digest: what they lead to is about that digest, whatever they are in. */
const ABOUT_A_DIGEST = /^sha256-[0-9a-f]{64}(?:[.][a-z]{1,20})?$/;

async function resolveReference(
  standIns: readonly StandIn[],
  reference: ImageReference,
): Promise<Result<Descriptor>> {
  const { tag, digest } = reference;
  if (digest !== null) return tryEach(standIns, ({ source }) => source.root({ tag: null, digest }));
  const wanted = tag ?? 'latest';
  const found = new Map<Digest, Descriptor>();
  for (const { repository, source } of standIns) {
    const isBare = repository !== null || ABOUT_A_DIGEST.test(wanted);
    // mutant tag-of-any-repository by several: value -> wanted
    const name = isBare ? wanted : `${formatRepository(reference)}:${wanted}`;
    const root = await source.root({ tag: name, digest: null });
    if (root.ok) found.set(root.value.digest, root.value);
    else if (root.failure.code !== 'NOT_FOUND') return root;
  }
  const [only, ...others] = found.values();
  if (only === undefined) return nowhere(`${formatRepository(reference)}:${wanted}`);
  // mutant tag-of-two-layouts by several: condition -> true
  if (others.length === 0) return ok(only);
  return fail(
    'MALFORMED',
    `the layouts have ${found.size} images under ${formatRepository(reference)}:${wanted}`,
    'Name only the layout that is meant.',
  );
}

/** The first layout that has it; one that is damaged is no reason to look elsewhere. */
async function tryEach<S, T>(
  all: readonly S[],
  ask: (one: S) => Promise<Result<T>>,
): Promise<Result<T>> {
  for (const one of all) {
    const answer = await ask(one);
    if (answer.ok || answer.failure.code !== 'NOT_FOUND') return answer;
  }
  return nowhere('it');
}

function nowhere(what: string): Result<never> {
  return fail(
    'NOT_FOUND',
    `no layout has ${what}`,
    'Name the layout of its repository: --from REPOSITORY=oci:DIR.',
  );
}

function mergeLists(lists: readonly ReferrersList[]): ReferrersList {
  const entries = new Map(lists.flatMap((one) => one.descriptors.map((own) => [own.digest, own])));
  const complete = lists.every((one) => one.complete);
  return boundReferrers([...entries.values()], complete, 'layout');
}
