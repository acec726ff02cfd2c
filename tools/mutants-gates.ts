import type { Mutant } from './mutants.ts';

const notary = ['src/capabilities/signing/notary-verify.test.ts'];
const blob = ['src/capabilities/signing/notary-blob.test.ts'];
const trust = [
  'test/foundations/2-whose-evidence-counts.test.ts',
  'src/capabilities/signing/trust-document.test.ts',
];
const policy = [
  'src/capabilities/policy/default-policy.test.ts',
  'test/foundations/5-time-in-verdicts.test.ts',
];
const time = ['test/foundations/5-time-in-verdicts.test.ts'];
const review = ['src/entrypoints/server/admission/admission-review.test.ts'];

const SIGNING = 'src/capabilities/signing/notary-verify.ts';
const BLOB = 'src/capabilities/signing/notary-blob.ts';
const TRUST = 'src/capabilities/signing/trust-document.ts';
const POLICY = 'src/capabilities/policy/default-policy.ts';
const CACHE = 'src/gates/desk/verdict-cache.ts';
const REVIEW = 'src/entrypoints/server/admission/admission-review.ts';

/**
 * The guards behind a gate: signature, digest, trust by repository, completeness, licence,
 * severity, registry, age, identity.
 */
export const GATE_MUTANTS: readonly Mutant[] = [
  {
    name: 'signature: any bytes are a signature',
    file: SIGNING,
    find:
      'if (!verifyBytes(envelope.algorithm, leaf.publicKey, envelope.signed, ' +
      "envelope.signature, 'jose')) {",
    replace: 'if (envelope.signature.length === 0) {',
    tests: notary,
  },
  {
    name: 'digest: a signature of another image counts',
    file: SIGNING,
    find: ' || digest !== subject.digest',
    replace: '',
    tests: notary,
  },
  {
    name: 'digest: a signature of another file counts',
    file: BLOB,
    find: ' || digest !== own || size !== blob.size',
    replace: '',
    tests: blob,
  },
  {
    name: 'digest: a file may be named by another hash than its key has',
    file: BLOB,
    find: 'blob.hash !== hash || ',
    replace: '',
    tests: blob,
  },
  {
    name: 'identity: a signer outside the trust store counts',
    file: SIGNING,
    find: '(signer.trustStore === null',
    replace: "(signer.identity === ''",
    tests: notary,
  },
  {
    name: 'identity: a signer whom the trust policy does not name counts',
    file: SIGNING,
    find: '(isIdentityTrusted(statement, signer.identity)',
    replace: "(signer.identity !== ''",
    tests: notary,
  },
  {
    name: 'age: a signature at the moment of its expiry counts',
    file: SIGNING,
    find: 'now >= expiresAt',
    replace: 'now > expiresAt',
    tests: notary,
  },
  {
    name: 'age: a certificate outside its validity counts',
    file: SIGNING,
    find: 'if (invalid !== null) reasons.push(reason(invalid.flaw, invalid.message));',
    replace: '',
    tests: notary,
  },
  {
    name: 'trust by repository: a rule of another repository counts',
    file: TRUST,
    find: 'rule.repositories.some((pattern) => covers(pattern, repository)) &&',
    replace: '',
    tests: trust,
  },
  {
    name: 'trust by repository: a prefix ends anywhere',
    file: TRUST,
    find: 'path}/`) &&',
    replace: 'path}`) &&',
    tests: trust,
  },
  {
    name: 'trust by kind: who may sign scans may sign SBOMs',
    file: TRUST,
    find: 'rule.statements.includes(kind) &&',
    replace: '',
    tests: trust,
  },
  {
    name: 'identity: a subset of the subject is the signer',
    file: TRUST,
    find: 'return same && subject.value.size === trusted.identity.size;',
    replace: 'return same;',
    tests: trust,
  },
  {
    name: 'identity: any trust store vouches',
    file: TRUST,
    find: ' || signer.trustStore !== trusted.trustStore',
    replace: '',
    tests: trust,
  },
  {
    name: 'severity: critical findings pass',
    file: POLICY,
    find: "findings.all(f, f.status == 'not_affected' || f.severity != 'critical'\n",
    replace: "findings.all(f, f.status == 'not_affected' || f.severity != 'none'\n",
    tests: policy,
  },
  {
    name: 'licence: any licence passes',
    file: POLICY,
    find: 'components.all(c, licensesAllowed(c.licenses, params.allowedLicenses)\n',
    replace: 'components.all(c, true || licensesAllowed(c.licenses, params.allowedLicenses)\n',
    tests: policy,
  },
  {
    name: 'registry: any registry is allowed',
    file: POLICY,
    find: "require: within(image.registry + '/' + image.repository, params.allowedRegistries)",
    replace: "require: image.registry != ''",
    tests: policy,
  },
  {
    name: 'age: an old scan passes',
    file: POLICY,
    find: '&& now - a.createdAt <= params.scanAgeMax && a.createdAt - now',
    replace: '&& a.createdAt - now',
    tests: policy,
  },
  {
    name: 'age: a scan from the future passes',
    file: POLICY,
    find: " && a.createdAt - now <= duration('5m'))",
    replace: ')',
    tests: policy,
  },
  {
    name: 'completeness: a partial SBOM passes',
    file: POLICY,
    find: 'require: sbom.complete\n',
    replace: 'require: sbom.complete || !sbom.complete\n',
    tests: policy,
  },
  {
    name: 'signature: an unsigned image passes',
    file: POLICY,
    find: 'gates: { admission: deny, audit: deny }\n    require: signatures.exists(s, s.trusted)\n',
    replace:
      'gates: { admission: deny, audit: deny }\n    require: signatures.exists(s, true) || ' +
      'signatures.size() == 0\n',
    tests: policy,
  },
  {
    name: 'identity: an SBOM by a stranger passes',
    file: POLICY,
    find: "require: artifacts.exists(a, a.type == 'sbom' && a.trusted)\n",
    replace: "require: artifacts.exists(a, a.type == 'sbom')\n",
    tests: policy,
  },
  {
    name: 'age: old advisories pass',
    file: POLICY,
    find: '&& now - advisories.updatedAt <= params.advisoryAgeMax && ',
    replace: '&& ',
    tests: policy,
  },
  {
    name: 'a gate without an enforcing rule allows',
    file: 'src/capabilities/policy/evaluate.ts',
    find:
      "if (!results.some(({ action }) => action === 'deny')) " +
      'results.push(noEnforcingRule(gate));',
    replace: '',
    tests: ['src/capabilities/policy'],
  },
  {
    name: 'time: a remembered verdict outlives its validity',
    file: CACHE,
    find: 'Math.min(now + life, value.validUntil ?? Number.POSITIVE_INFINITY)',
    replace: '(now + life)',
    tests: time,
  },
  {
    name: 'time: undetermined is remembered like an answer',
    file: CACHE,
    find: "value.decision === 'undetermined' ? LIMITS.undeterminedCacheMs : LIMITS.verdictCacheMs",
    replace: 'LIMITS.verdictCacheMs',
    tests: time,
  },
  {
    name: 'log: a node can pass for a leaf',
    file: 'src/capabilities/evidence/merkle.ts',
    find: 'Uint8Array.of(0)',
    replace: 'Uint8Array.of(1)',
    tests: ['test/foundations/4-order-and-log.test.ts'],
  },
  {
    name: 'two kinds of time: a silent cluster ran on',
    file: 'src/capabilities/graph/deployments.ts',
    find: 'const silent = state.leaseEnd !== null && state.leaseEnd < seen.observedAt;',
    replace: 'const silent = false;',
    tests: ['test/foundations/3-two-kinds-of-time.test.ts'],
  },
  {
    name: 'digest: a registry may send another manifest',
    file: 'src/adapters/oci-http/pull.ts',
    find: 'if (!hasDigest(bytes, digest)) throw',
    replace: 'if (bytes.length < 0) throw',
    tests: ['src/adapters/oci-http'],
  },
  {
    name: 'digest: a layout may keep another manifest',
    file: 'src/adapters/oci-layout/source.ts',
    find: 'if (!hasDigest(bytes, digest)) throw',
    replace: 'if (bytes.length < 0) throw',
    tests: ['src/adapters/oci-layout'],
  },
  {
    name: 'coverage: ephemeral containers are not looked at',
    file: REVIEW,
    find: "['initContainers', 'containers', 'ephemeralContainers']",
    replace: "['initContainers', 'containers']",
    tests: review,
  },
  {
    name: 'coverage: init containers are not looked at',
    file: REVIEW,
    find: "['initContainers', 'containers', 'ephemeralContainers']",
    replace: "['containers', 'ephemeralContainers']",
    tests: review,
  },
];
