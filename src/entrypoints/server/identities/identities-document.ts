import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { API_VERSION } from '../../../core/api-version.ts';
import { LIMITS } from '../../../core/limits.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { parseYaml } from '../../../formats/yaml/parse.ts';
import { namesInSet, TOKEN_ROLES, type TokenRole } from '../tokens.ts';

const text = z.string().min(1).max(500);
const grant = z.strictObject({
  /** The claim, such as `groups` or `email`, and the value that it must have or contain. */
  claim: text,
  value: text,
  roles: z.array(text).min(1).max(20),
  /** Whose rows alone they read and write; absent: those of the server's own tenant. */
  tenant: z
    .string()
    .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'no name')
    .optional(),
});
const issuer = z.strictObject({
  issuer: z.string().regex(/^https?:\/\/[^\s/?#]+(?:\/[^\s?#]*[^\s?#/])?$/, 'no address'),
  audience: text,
  /** A JWKS that is pinned; absent: the keys are discovered. */
  keys: text.optional(),
  grants: z.array(grant).min(1).max(200),
});
const identities = z.strictObject({
  apiVersion: z.literal(API_VERSION),
  kind: z.literal('Identities'),
  issuers: z.array(issuer).min(1).max(20),
});

/** An identity provider (OpenID Connect), and what its people may do here. */
export interface TrustedIssuer {
  readonly issuer: string;
  readonly audience: string;
  /** The file of pinned keys; null: they are discovered. */
  readonly keysFile: string | null;
  readonly grants: readonly {
    readonly claim: string;
    readonly value: string;
    readonly roles: readonly TokenRole[];
    readonly tenant: string | null;
  }[];
}

/** Reads the issuers of a file, strictly. Paths in it are relative to it. */
export function parseIdentities(bytes: Uint8Array, file: string): Result<readonly TrustedIssuer[]> {
  const yaml = parseYaml(Buffer.from(bytes).toString('utf8'), { bytesMax: LIMITS.configBytesMax });
  if (!yaml.ok) return refuse(yaml.failure.message);
  const read = identities.safeParse(yaml.value);
  if (!read.success) {
    const [issue] = read.error.issues;
    return refuse(`${issue?.path.join('.') || 'the document'}: ${issue?.message ?? 'malformed'}`);
  }
  const issuers: TrustedIssuer[] = [];
  for (const one of read.data.issuers) {
    if (issuers.some((known) => known.issuer === one.issuer))
      return refuse(`${one.issuer} is there twice`);
    const keysFile = one.keys === undefined ? null : resolve(dirname(file), one.keys);
    const grants = [];
    for (const { claim, value, roles, tenant = null } of one.grants) {
      const named = roles.flatMap(namesInSet);
      const odd = named.find((role) => !Object.hasOwn(TOKEN_ROLES, role));
      if (odd !== undefined) return refuse(`there is no role ${JSON.stringify(odd)}`);
      grants.push({ claim, value, roles: named as TokenRole[], tenant });
    }
    issuers.push({ issuer: one.issuer, audience: one.audience, keysFile, grants });
  }
  return ok(issuers);
}

function refuse(why: string): Result<never> {
  return fail(
    'CONFIG_INVALID',
    `not a document of identities: ${why}`.slice(0, 500),
    'Write it as docs/reference/server.md shows.',
  );
}
