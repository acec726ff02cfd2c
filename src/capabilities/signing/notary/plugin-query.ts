import type { Failure } from '../../../core/failure.ts';
import type { Instant } from '../../../core/instant.ts';
import type { JsonValue } from '../../../core/json.ts';
import {
  IDENTITY_CHECK,
  type PluginCapability,
  type PluginVerdict,
  REVOCATION_CHECK,
} from '../plugins/protocol.ts';
import type { ValidatedChain } from '../x509/chain.ts';
import type { RequiredPlugin, SigningScheme } from './envelope.ts';

/** What a plugin is asked about one signature (N53). */
export interface PluginQuery extends RequiredPlugin {
  readonly scheme: SigningScheme;
  /** What a signing authority asserts; null for other signatures. */
  readonly authenticAt: Instant | null;
  readonly expiresAt: Instant | null;
  readonly chain: ValidatedChain;
  /** As the trust policy writes them. */
  readonly identities: readonly string[];
  /** Whether the trust policy wants to know of revocation. */
  readonly revocation: boolean;
}

/** What is known from the plugin that a signature requires. */
export type PluginFact =
  /** It is not installed, or nobody asked. */
  | { readonly kind: 'absent' }
  | { readonly kind: 'failed'; readonly cause: Failure }
  | {
      readonly kind: 'answered';
      readonly version: string;
      /** What it says it verifies. */
      readonly capabilities: ReadonlySet<PluginCapability>;
      readonly verdict: PluginVerdict;
      /** From then on, it is asked again. */
      readonly validUntil: Instant;
    };

/** The results that a plugin with these capabilities must give. */
export function listChecks(
  { revocation }: PluginQuery,
  capabilities: ReadonlySet<PluginCapability>,
): readonly PluginCapability[] {
  const wanted: readonly PluginCapability[] = revocation
    ? [IDENTITY_CHECK, REVOCATION_CHECK]
    : [IDENTITY_CHECK];
  return wanted.filter((one) => capabilities.has(one));
}

/** The attributes as a plugin gets them. */
export function listAttributes({ attributes }: PluginQuery): Readonly<Record<string, JsonValue>> {
  return Object.fromEntries(attributes);
}
