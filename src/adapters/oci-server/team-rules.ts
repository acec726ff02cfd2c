import type { Digest } from '../../core/digest.ts';
import { Refusal } from './refusal.ts';
import type { RegistryStorage } from './storage.ts';
import { namesRepository, type RegistryTeam } from './team.ts';

/** What the rules of a team say about a push that is otherwise right. */
export interface TeamRules {
  /** Counts bytes that come to a repository, or refuses them; `undo` where they do not come. */
  takeRoom(repository: string, bytes: number): Promise<() => void>;
  /** A tag that may not be moved or removed is refused; `to` null removes it. */
  checkTag(repository: string, tag: string, to: Digest | null): Promise<void>;
  /** A manifest under a tag that may not be removed stays, and what is attached to it. */
  checkRemoval(repository: string, digest: Digest, subject: Digest | null): Promise<void>;
}

/** Artifact types of signatures that this and other tools attach. */
const SIGNATURES = /^application\/vnd\.(?:cncf\.notary\.signature|dev\.sigstore\.bundle[.+;].*)$/;

export function createTeamRules(
  { quotas, immutable }: Pick<RegistryTeam, 'quotas' | 'immutable'>,
  storage: RegistryStorage,
): TeamRules {
  const used = new Map<number, Promise<{ bytes: number }>>();
  const count = (at: number, patterns: readonly string[]) => {
    const known = used.get(at) ?? countUsed(storage, patterns);
    used.set(at, known);
    return known;
  };
  const isKept = async (repository: string, there: Digest): Promise<boolean> => {
    for (const { repositories, tags } of immutable) {
      if (!namesRepository(repositories, repository)) continue;
      if (tags === 'all' || (await isSigned(storage, repository, there))) return true;
    }
    return false;
  };
  /** Signatures behind a tag may be replaced, as cosign adds one, but not taken away. */
  const isKeptEvidence = (repository: string, tag: string): boolean =>
    ABOUT_AN_IMAGE.test(tag) &&
    immutable.some(({ repositories }) => namesRepository(repositories, repository));
  return {
    takeRoom: async (repository, bytes) => {
      const taken: { bytes: number }[] = [];
      const undo = () => {
        for (const one of taken) one.bytes -= bytes;
      };
      for (const [at, { repositories, bytesMax }] of quotas.entries()) {
        if (!namesRepository(repositories, repository)) continue;
        const total = await count(at, repositories);
        // mutant quota-is-not-asked by team: condition -> false
        if (total.bytes + bytes > bytesMax) {
          undo();
          throw new Refusal(403, 'DENIED', `the quota of ${bytesMax} bytes is used up`);
        }
        total.bytes += bytes;
        taken.push(total);
      }
      return undo;
    },
    checkTag: async (repository, tag, to) => {
      if (immutable.length === 0) return;
      const there = await storage.tag(repository, tag);
      if (there === null || there === to) return;
      const isGone = to === null && isKeptEvidence(repository, tag);
      // mutant signed-tag-is-moved by team: condition -> false
      if (isGone || (await isKept(repository, there)))
        throw new Refusal(403, 'DENIED', `the tag ${tag} may not be moved or removed`);
    },
    checkRemoval: async (repository, digest, subject) => {
      if (immutable.length === 0) return;
      for (const tag of (await storage.tags(repository)) ?? []) {
        const there = await storage.tag(repository, tag);
        if (there === null || (there !== digest && there !== subject)) continue;
        const isEvidence = there === digest && isKeptEvidence(repository, tag);
        // mutant signature-of-a-kept-tag-is-removed by team: condition -> isEvidence
        if (isEvidence || (await isKept(repository, there)))
          throw new Refusal(403, 'DENIED', `the tag ${tag} needs it, and may not be removed`);
      }
    },
  };
}

/** Tags of cosign, and of a release bundle. */
const ABOUT_AN_IMAGE = /^sha(?:256|512)-[0-9a-f]{64,128}\.(?:sig|att|sbom|bundle)$/;

async function isSigned(
  storage: RegistryStorage,
  repository: string,
  digest: Digest,
): Promise<boolean> {
  const list = await storage.referrers(repository, digest);
  if (list.some(({ artifactType }) => SIGNATURES.test(artifactType ?? ''))) return true;
  return (await storage.tag(repository, `${digest.replace(':', '-')}.sig`)) !== null;
}

/** Content that several repositories have counts once for each. */
async function countUsed(
  storage: RegistryStorage,
  patterns: readonly string[],
): Promise<{ bytes: number }> {
  let bytes = 0;
  for (const name of await storage.repositories())
    if (namesRepository(patterns, name)) bytes += await storage.countBytes(name);
  return { bytes };
}
