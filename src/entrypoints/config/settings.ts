import { z } from 'zod';
import { refuseOtherVersion } from '../../core/api-version.ts';
import { Failure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import { orThrow } from '../../core/result.ts';
import { parseYaml } from '../../formats/yaml/parse.ts';
import { readSmallFile } from '../../system/files/read-file.ts';

const registrySettings = z.strictObject({
  insecure: z.boolean().optional(),
  login: z.enum(['azure', 'aws', 'google', 'none']).optional(),
});

const updates = z.strictObject({
  from: z.string().optional(),
  every: z.string().optional(),
  ageMax: z.string().optional(),
  ecosystems: z.array(z.string()).max(1_000).optional(),
  targets: z.array(z.string()).max(1_000).optional(),
  ca: z.string().optional(),
  exploitation: z.boolean().optional(),
  support: z.boolean().optional(),
  as: z.string().optional(),
});

const policies = z.strictObject({
  from: z.array(z.string()).min(1).max(LIMITS.policyLayersMax),
  every: z.string().optional(),
});

const regoSettings = z.strictObject({
  bundle: z.string().optional(),
  program: z.string().optional(),
});

const revocationSettings = z.strictObject({
  offline: z.boolean().optional(),
  privateHosts: z.array(z.string()).optional(),
});

const pluginSettings = z.strictObject({ environment: z.array(z.string()).max(100) });

const document = z.strictObject({
  apiVersion: z.literal('waybill.dev/v1'),
  kind: z.literal('Config'),
  home: z.string().optional(),
  policy: z.string().optional(),
  trust: z.string().optional(),
  notation: z.string().optional(),
  advisories: z.string().optional(),
  allowedSigners: z.string().optional(),
  keyrings: z.array(z.string()).max(100).optional(),
  commitRoots: z.array(z.string()).max(100).optional(),
  commitIdentities: z.array(z.record(z.string(), z.json())).max(1_000).optional(),
  database: z.string().optional(),
  tenant: z.string().optional(),
  cluster: z.string().optional(),
  registries: z.record(z.string(), registrySettings).optional(),
  updates: updates.optional(),
  policies: policies.optional(),
  rego: regoSettings.optional(),
  revocation: revocationSettings.optional(),
  plugins: z.record(z.string(), pluginSettings).optional(),
});

/** What a waybill.yaml says. */
export type Settings = z.infer<typeof document>;

/** The settings of a waybill.yaml; throws CONFIG_INVALID for one that cannot be understood. */
export function readSettings(file: string): Settings {
  const text = Buffer.from(readSmallFile(file, LIMITS.configBytesMax)).toString('utf8');
  const yaml = parseYaml(text, { bytesMax: LIMITS.configBytesMax });
  if (!yaml.ok) throw createInvalidFailure(file, yaml.failure.message);
  const other = refuseOtherVersion(yaml.value, 'CONFIG_INVALID', file);
  if (other !== null) orThrow(other);
  const parsed = document.safeParse(yaml.value);
  if (parsed.success) return parsed.data;
  const flaw = parsed.error.issues[0];
  throw createInvalidFailure(
    file,
    `${flaw?.path.join('.') || 'document'}: ${flaw?.message ?? 'malformed'}`,
  );
}

function createInvalidFailure(file: string, why: string): Failure {
  return new Failure(
    'CONFIG_INVALID',
    `${file}: ${why}`,
    'Correct the file; see docs/reference/commands.md for its keys.',
  );
}
