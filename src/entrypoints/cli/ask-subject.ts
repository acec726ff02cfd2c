import {
  type PlaceFilter,
  parseSubject,
  type QuestionOptions,
  type Subject,
} from '../../capabilities/graph/index.ts';
import { Failure, type FailureCode } from '../../core/failure.ts';
import { parseImageReference } from '../../core/image-reference.ts';
import { orThrow } from '../../core/result.ts';
import { openRegistryClient } from '../compose/registry.ts';
import type { AskCall } from './ask-options.ts';
import { loadCallConfig } from './call-config.ts';
import { makePrintable } from './io.ts';

/** What an argument means; the digest that a registry gives for it is printed. */
export async function resolveSubject(
  call: AskCall,
  text: string,
  ask: QuestionOptions,
): Promise<Subject> {
  if (/^(?:\.{0,2}(?:\/|$)|[a-z-]+:(?!\d)[./])/.test(text)) {
    throw new Failure(
      'USAGE',
      `${text} is no image and no release`,
      'Name a digest, an image reference or a release.',
    );
  }
  const subject = orThrow(parseSubject(text));
  if (typeof subject === 'string') return printDigest(call, subject);
  // A moment in the past is asked of the graph alone: what a registry says, it says of now.
  if (ask.asOf !== null || ask.knownAt !== null || !namesRegistry(text)) return subject;
  const digest = await resolveReference(call, text);
  return digest === null ? subject : printDigest(call, digest);
}

function printDigest<T extends Subject & string>(call: AskCall, digest: T): T {
  call.io.err(`${digest}\n`);
  return digest;
}

/** `registry.example.com/…`, `localhost:5000/…`; `shop/trips` may be the name of a release. */
function namesRegistry(text: string): boolean {
  const first = text.slice(0, Math.max(text.indexOf('/'), 0));
  return first === 'localhost' || /[.:]/.test(first);
}

const SILENT: readonly FailureCode[] = [
  'REGISTRY_UNREACHABLE',
  'REGISTRY_DENIED',
  'REGISTRY_MISBEHAVED',
  'NOT_FOUND',
  'DEADLINE_EXCEEDED',
];

/** What a tag means now; null where its registry does not tell, which the graph may know then. */
async function resolveReference(call: AskCall, text: string) {
  const reference = orThrow(parseImageReference(text));
  const client = await openRegistryClient(loadCallConfig(call), call.io.env);
  try {
    const found = await client.resolve(reference, { signal: call.signal });
    if (found.ok) return found.value.digest;
    if (!SILENT.includes(found.failure.code)) throw found.failure;
    call.io.err(`${makePrintable(found.failure.message)}; asked as the graph knows it\n`);
    return null;
  } finally {
    client.close();
  }
}

export function readPlace({ options }: AskCall): PlaceFilter {
  return {
    cluster: options.cluster ?? null,
    region: options.region ?? null,
    namespace: options.namespace ?? null,
  };
}

export function isAnywhere({ cluster, region, namespace }: PlaceFilter): boolean {
  return cluster === null && region === null && namespace === null;
}

export function requireArgument(call: AskCall, what: string): string {
  const [text] = call.args;
  if (text !== undefined) return text;
  throw new Failure(
    'USAGE',
    `it is not said ${what}`,
    'Name a digest, an image reference or a release.',
  );
}
