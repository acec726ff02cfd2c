import { join } from 'node:path';
import { Failure } from '../../core/failure.ts';
import { type ImageReference, parseImageReference } from '../../core/image-reference.ts';
import { getOwn } from '../../core/own.ts';
import { orThrow } from '../../core/result.ts';
import { isThere } from '../compose/is-there.ts';
import { locateSigningConfig } from '../compose/vouching.ts';
import type { Config } from '../config/config.ts';
import { type JobEnvironment, readJobEnvironment } from '../config/job-environment.ts';
import type { ReleaseCall } from './options/release.ts';

/** Everything that a release needs to know, wherever it was said. */
export interface ReleaseTerms {
  /** The job that the command runs in; null: none. */
  readonly job: JobEnvironment | null;
  readonly destination: ImageReference;
  readonly image: string | undefined;
  readonly name: string;
  readonly version: string;
  /** By an option or a variable of Waybill, so that it wins over job and work tree. */
  readonly repo: string | undefined;
  readonly commit: string | undefined;
  readonly host: string | undefined;
  readonly builder: string | undefined;
  readonly buildId: string | undefined;
  readonly owner: string | null;
  readonly jobToken: string | undefined;
  readonly jobKeys: string | undefined;
  readonly signer: { readonly kind: 'key'; readonly key: string } | { readonly kind: 'keyless' };
}

/** An option wins over its variable `WAYBILL_RELEASE_…`, and that over what the job says. */
export function readReleaseTerms(call: ReleaseCall, config: Config): ReleaseTerms {
  const { args, options, io } = call;
  const say = (own: string | undefined, name: string): string | undefined =>
    own ?? (getOwn(io.env, `WAYBILL_RELEASE_${name}`)?.trim() || undefined);
  const job = readJobEnvironment(io.env);
  const said = say(options.version, 'VERSION') ?? job?.tag ?? undefined;
  const destination = readDestination(say(args[0], 'REFERENCE'), job, said);
  const jobKeys = say(options.jobKeys, 'JOB_KEYS');
  const offered = jobKeys === undefined ? undefined : (job?.jobToken ?? undefined);
  return {
    ...{ job, destination, jobKeys },
    image: say(options.image, 'IMAGE'),
    name: say(options.name, 'NAME') ?? destination.repository.split('/').at(-1) ?? '',
    version: said ?? destination.tag ?? '',
    repo: say(options.repo, 'REPO'),
    commit: say(options.commit, 'COMMIT'),
    host: options.host,
    builder: say(options.builder, 'BUILDER'),
    buildId: say(options.buildId, 'BUILD_ID'),
    owner: say(options.owner, 'OWNER') ?? null,
    jobToken: say(options.jobToken, 'JOB_TOKEN') ?? offered,
    signer: chooseSigner(call, config, { job, named: say(options.key, 'KEY') }),
  };
}

/** The image where the job says nothing else: in the registry of its platform, by the version. */
function readDestination(
  text: string | undefined,
  job: JobEnvironment | null,
  version: string | undefined,
): ImageReference {
  if (text === undefined) {
    const images = job?.images ?? null;
    if (images === null)
      throw new Failure(
        'USAGE',
        'nothing says where the release is published',
        'Name registry.example.com/team/app:tag, or set WAYBILL_RELEASE_REFERENCE.',
      );
    if (version === undefined)
      throw new Failure(
        'USAGE',
        `the job is of no tag, so the version for ${images} is unknown`,
        'Release a tag, or name the version: --version.',
      );
    return orThrow(parseImageReference(`${images}:${version}`));
  }
  const destination = orThrow(parseImageReference(text));
  if (destination.digest === null) return destination;
  throw new Failure('USAGE', 'a release needs a tag', 'Name registry.example.com/team/app:tag.');
}

interface SignerChoice {
  readonly job: JobEnvironment | null;
  readonly named: string | undefined;
}

/**
 * A key that is named, or that lies there, signs. Without one, a job that can prove who it is signs
 * by that, if somebody took over the signing configuration of an instance before.
 */
function chooseSigner(
  { options, io }: ReleaseCall,
  config: Config,
  { job, named }: SignerChoice,
): ReleaseTerms['signer'] {
  const asked = getOwn(io.env, 'WAYBILL_RELEASE_KEYLESS')?.trim() ?? '';
  if (!['', 'true', 'false'].includes(asked))
    throw new Failure('USAGE', 'WAYBILL_RELEASE_KEYLESS is neither true nor false', 'Set true.');
  const isKeyless = options.keyless || asked === 'true';
  if (isKeyless && named !== undefined)
    throw new Failure('USAGE', 'a release is signed by a key or keyless', 'Name one of both.');
  if (isKeyless) return { kind: 'keyless' };
  const key = { kind: 'key', key: named ?? 'default' } as const;
  // mutant release-keyless-without-a-choice by release-in-a-job: condition -> false
  if (named !== undefined || asked === 'false' || job?.offersIdentity !== true) return key;
  if (isThere(join(config.keys, 'default.key'))) return key;
  return isThere(locateSigningConfig(config, options.trustedRoot)) ? { kind: 'keyless' } : key;
}
