import {
  type OptionalOptions,
  parseSubject,
  type Subject,
} from '../../capabilities/graph/index.ts';
import { Failure, type FailureCode } from '../../core/failure.ts';
import { parseImageReference } from '../../core/image-reference.ts';
import { orThrow } from '../../core/result.ts';
import { openCommandClient } from '../compose/command-registry.ts';
import { loadCallConfig } from './call-config.ts';
import type { Call } from './command.ts';
import { makePrintable } from './io.ts';

/** Reads what a question is about. The targets of other commands, such as paths, are refused. */
export function readSubject(text: string): Subject {
  if (!/^(?:\.{0,2}(?:\/|$)|[a-z-]+:(?!\d)[./])/.test(text)) return orThrow(parseSubject(text));
  throw new Failure(
    'USAGE',
    `${text} is neither an image nor a release`,
    'Name a digest, an image reference or a release.',
  );
}

/** Resolves what the subject means now, and prints the digest that a registry gives for it. */
export async function resolveSubject(
  call: Call,
  subject: Subject,
  { asOf = null, knownAt = null }: OptionalOptions,
): Promise<Subject> {
  if (typeof subject === 'string') return printDigest(call, subject);
  // For a moment in the past only the graph is asked, because a registry answers for the present.
  if (asOf !== null || knownAt !== null || !namesRegistry(subject.called)) return subject;
  const digest = await resolveReference(call, subject.called);
  return digest === null ? subject : printDigest(call, digest);
}

function printDigest<T extends Subject & string>(call: Call, digest: T): T {
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

/** The digest of a tag now; null if its registry does not answer. The graph may know it then. */
async function resolveReference(call: Call, text: string) {
  const reference = parseImageReference(text);
  // A release may be called so: `shop.example/Trips`.
  // mutant name-like-a-registry by e2e/questions: condition -> false
  if (!reference.ok) return null;
  const client = await openCommandClient(await loadCallConfig(call), call.io.env);
  try {
    const found = await client.resolve(reference.value, { signal: call.signal });
    if (found.ok) return found.value.digest;
    if (!SILENT.includes(found.failure.code)) throw found.failure;
    call.io.err(`${makePrintable(found.failure.message)}; the graph is asked for it by its name\n`);
    return null;
  } finally {
    client.close();
  }
}
