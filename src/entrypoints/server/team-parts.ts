import { Failure } from '../../core/failure.ts';
import type { DurableIngest } from './evidence/durable-ingest.ts';
import type { IngestHandler } from './evidence/ingest.ts';
import type { RuntimeEventTaker } from './evidence/runtime-events.ts';
import type { QuestionHandler } from './questions/questions.ts';
import type { StandingStore } from './standing/standing-store.ts';

/** What one tenant reads and writes. */
export interface TeamParts {
  readonly ingest: IngestHandler;
  /** What keeps documents while they cannot be recorded; absent: such a document is refused. */
  readonly durable?: DurableIngest;
  readonly questions: QuestionHandler;
  /** Where standing questions are kept; absent: there are none. */
  readonly standing?: StandingStore;
  readonly runtimeEvents: RuntimeEventTaker;
}

/** Whose parts a request is about: by its token, never by what it says itself. */
export async function chooseTeam(
  parts: TeamParts & { readonly findTenant?: (name: string) => Promise<TeamParts> },
  tenant: string | null | undefined,
): Promise<TeamParts> {
  // mutant token-of-a-tenant-reads-the-servers-own by server/tenants: condition -> true
  if (tenant === null || tenant === undefined) return parts;
  if (parts.findTenant !== undefined) return parts.findTenant(tenant);
  throw new Failure(
    'UNKNOWN_NAME',
    `this server has no tenant ${tenant}`,
    'Use a token without a tenant.',
  );
}

/** A part that every tenant has where the server has it. */
export function requirePart<T>(part: T | undefined): T {
  if (part !== undefined) return part;
  throw new Failure(
    'NOT_FOUND',
    'this tenant has no such endpoint',
    'See docs/reference/server.md.',
  );
}
