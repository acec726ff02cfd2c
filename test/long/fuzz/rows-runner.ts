import {
  buildRebuildPredicate,
  buildRunnerPredicate,
  encodeRunnerParts,
} from '../../../src/capabilities/attestation/index.ts';
import { parseCertificates } from '../../../src/capabilities/signing/index.ts';
import { sha256 } from '../../../src/core/digest.ts';
import { toInstant } from '../../../src/core/instant.ts';
import { orThrow } from '../../../src/core/result.ts';
import { FIXTURE_NOW } from '../../support/certificates.ts';
import { SUBSCRIPTION, testCloud } from '../../support/machine-documents.ts';
import { testStamper } from '../../support/timestamps.ts';
import type { Row } from './target.ts';

const MACHINES = 'capabilities/signing/machines/attested-document.ts';

/** The document of a machine, the answer that holds it, and the statement of a runner. */
export function listRunnerRows(): readonly Row[] {
  const cloud = testCloud();
  const digest = sha256('image');
  const authorities = orThrow(parseCertificates(Buffer.from(cloud.authoritiesPem)));
  const document = cloud.document(digest);
  const job = {
    platform: 'github-actions' as const,
    issuer: 'https://token.actions.githubusercontent.com',
    builder: 'https://github.com/shop/builds',
    repository: 'https://github.com/shop/trips',
    commit: 'a'.repeat(40),
    ref: null,
    invocation: 'https://github.com/shop/trips/actions/runs/1',
    runner: null,
    issuedAt: FIXTURE_NOW,
    expiresAt: toInstant(FIXTURE_NOW + 600_000),
  };
  const parts = { job, cloud: 'azure' as const, document };
  const timestamp = testStamper('fuzz time').stamp(encodeRunnerParts(digest, parts), FIXTURE_NOW);
  const machine = {
    ...{ id: 'vms', repositories: ['registry.example.com/shop/*'], cloud: 'azure' },
    ...{ authority: 'ca:azure', timestamps: 'tsa:time', subscriptions: [SUBSCRIPTION] },
  };
  const layer = { digest, rebuilt: null, match: 'none' as const };
  const rebuilt = {
    ...{ commit: job.commit, repository: null, base: null, command: 'make', rebuilt: digest },
    ...{ reproduced: false, sameContent: true, difference: 'layer 1', layers: [layer] },
    finishedAt: FIXTURE_NOW,
  };
  return [
    {
      ...{ takes: 'bytes', form: 'der' },
      reader: `${MACHINES} verifyAttestedDocument`,
      samples: [document, cloud.document(digest, { withAttributes: {} })],
      args: ['$', { digest, cloud: 'azure', authorities }],
      reads: ['capabilities/signing/cms/enclosed-data.ts readEnclosedSignature'],
    },
    {
      ...{ takes: 'bytes', form: 'json' },
      reader: `${MACHINES} readMachineAnswer`,
      samples: [Buffer.from(cloud.answer(digest))],
    },
    {
      ...{ takes: 'object', form: 'json' },
      reader: 'capabilities/attestation/runner-statement.ts parseRunnerPredicate',
      samples: [buildRunnerPredicate({ ...parts, timestamp })],
    },
    {
      ...{ takes: 'object', form: 'json' },
      reader: 'capabilities/attestation/rebuild-statement.ts parseRebuildPredicate',
      samples: [buildRebuildPredicate(rebuilt)],
    },
    {
      ...{ takes: 'value', form: 'json' },
      reader: 'capabilities/signing/trust/machine-rule.ts readMachineRules',
      samples: [[machine]],
    },
    {
      ...{ takes: 'value', form: 'json' },
      reader: 'capabilities/signing/trust/repository-pattern.ts readRepositoryPattern',
      samples: ['"registry.example.com/shop/*"'],
    },
  ];
}
