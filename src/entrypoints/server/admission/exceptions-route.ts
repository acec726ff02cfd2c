import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Policy } from '../../../capabilities/policy/index.ts';
import { toAnswer } from '../../../core/api-version.ts';
import { Failure, toFailure } from '../../../core/failure.ts';
import { formatAnswerInstant, type Instant } from '../../../core/instant.ts';
import { formatPurl } from '../../../core/purl.ts';

export interface ExceptionParts {
  /** Checks who asks. */
  readonly reader: object;
  /** The tenant of who was let in. */
  readonly findTenant: (request: FastifyRequest) => string | null;
  /** The policy in force. Rejects with a Failure. */
  readonly loadPolicy: () => Promise<Policy>;
  readonly now: () => Instant;
}

/** Who may ask need not know where the server keeps its files. */
function hidePaths({ code }: Failure): Failure {
  const remedy = 'On its machine, waybill doctor says why.';
  // mutant exceptions-name-paths by exceptions-route: argument 2 -> code
  return new Failure(code, 'the policy of this server cannot be read', remedy);
}

/** The exceptions of the policy by which this server decides, the first to expire first. */
export function addExceptions(
  app: FastifyInstance,
  { reader, findTenant, loadPolicy, now }: ExceptionParts,
): void {
  // mutant exceptions-for-everybody by exceptions-route: remove argument 2
  app.get('/v1/exceptions', reader, async (request, reply) => {
    // mutant policy-of-the-server-for-a-tenant by exceptions-route: condition -> false
    if (findTenant(request) !== null)
      throw new Failure(
        'NOT_FOUND',
        'the policy of this server is not of your tenant',
        'Ask with a token without a tenant.',
      );
    const { name, revision, exceptions } = await loadPolicy().catch((thrown: unknown) => {
      throw hidePaths(toFailure(thrown));
    });
    const at = now();
    const sorted = exceptions.toSorted((one, other) => one.expires - other.expires);
    const told = sorted.map(({ rule, finding, component, repository, owner, reason, expires }) => ({
      ...{
        rule,
        finding,
        component: component === null ? null : formatPurl(component.parts),
        repository,
        owner,
        reason,
      },
      ...{ expiresAt: formatAnswerInstant(expires), expired: expires <= at },
    }));
    const answer = { policy: { name, revision }, exceptions: told };
    return reply.type('application/json').send(JSON.stringify(toAnswer(answer)));
  });
}
