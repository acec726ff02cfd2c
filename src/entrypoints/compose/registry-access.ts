import { z } from 'zod';
import {
  openPasswords,
  REGISTRY_RIGHTS,
  type RegistryTeam,
  type RegistryToken,
} from '../../adapters/oci-server/index.ts';
import { API_VERSION } from '../../core/api-version.ts';
import { Failure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import { fail, ok, orThrow, type Result } from '../../core/result.ts';
import { parseYaml } from '../../formats/yaml/parse.ts';
import { readFileBounded } from '../../system/files/read-file.ts';

const name = z.string().min(1).max(255);
/** Parts of a name, then `/*`; or `*` alone. */
const pattern = z.string().regex(/^(?:\*|[a-z0-9][a-z0-9._/-]{0,254}(?:\/\*)?)$/);
const repositories = z.array(pattern).min(1).max(1_000);
const document = z.strictObject({
  apiVersion: z.literal(API_VERSION),
  kind: z.literal('RegistryAccess'),
  grants: z
    .array(
      z.strictObject({
        repositories,
        users: z.array(name).min(1).max(1_000),
        rights: z.array(z.enum(REGISTRY_RIGHTS)).min(1),
      }),
    )
    .min(1)
    .max(1_000),
  tokens: z
    .array(
      z.strictObject({
        name,
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
        expires: z.iso.datetime().optional(),
      }),
    )
    .max(1_000)
    .default([]),
  quotas: z
    .array(z.strictObject({ repositories, bytes: z.int().min(0) }))
    .max(100)
    .default([]),
  immutableTags: z
    .array(z.strictObject({ repositories, tags: z.enum(['signed', 'all']) }))
    .max(100)
    .default([]),
});

/** Who may do what in a registry, as a document says it; without tokens' secrets. */
export interface RegistryAccess extends Omit<RegistryTeam, 'verify'> {
  readonly tokens: readonly RegistryToken[];
}

export function parseRegistryAccess(text: string): Result<RegistryAccess> {
  const yaml = parseYaml(text, { bytesMax: LIMITS.configBytesMax });
  if (!yaml.ok) return yaml;
  const read = document.safeParse(yaml.value);
  if (!read.success) {
    const [issue] = read.error.issues;
    const where = issue?.path.join('.') || 'the document';
    return refuse(`${where}: ${issue?.message ?? 'malformed'}`);
  }
  const { grants, tokens, quotas, immutableTags } = read.data;
  const names = new Set(tokens.map((one) => one.name));
  // mutant registry-token-twice by registry-access: condition -> false
  if (names.size < tokens.length) return refuse('tokens: a name is there twice');
  return ok({
    grants,
    quotas: quotas.map(({ bytes, ...one }) => ({ ...one, bytesMax: bytes })),
    immutable: immutableTags,
    tokens: tokens.map(({ expires, ...one }) => {
      return { ...one, expiresAt: expires === undefined ? null : Date.parse(expires) };
    }),
  });
}

/** The team of a registry: its rules, and who is who. */
export async function openRegistryTeam(
  access: string,
  users: string | null,
): Promise<RegistryTeam> {
  const bytes = await readFileBounded(access, LIMITS.configBytesMax);
  const { tokens, ...rules } = orThrow(parseRegistryAccess(Buffer.from(bytes).toString('utf8')));
  if (tokens.length === 0 && users === null)
    throw new Failure(
      'USAGE',
      'nobody has a password or a token',
      'Name an htpasswd file with --users, or tokens in the document of --access.',
    );
  return { ...rules, verify: openPasswords(users, tokens, () => Date.now()) };
}

function refuse(why: string): Result<never> {
  return fail(
    'CONFIG_INVALID',
    `the access document is wrong: ${why}`,
    'See docs/guides/team-registry.md.',
  );
}
