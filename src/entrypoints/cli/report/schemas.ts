import type { z } from 'zod';
import * as artifacts from './schemas/artifacts.ts';
import * as develop from './schemas/develop.ts';
import * as gates from './schemas/gates.ts';
import * as graph from './schemas/graph.ts';
import * as inventory from './schemas/inventory.ts';
import * as operate from './schemas/operate.ts';
import * as parts from './schemas/parts.ts';
import * as setUp from './schemas/set-up.ts';
import * as signing from './schemas/signing.ts';
import * as statements from './schemas/statements.ts';

/**
 * The schema of the JSON of each command, by the command's name. Commands import only the types:
 * docs and tests load zod for this, commands never do.
 */
export const SCHEMAS = {
  init: setUp.init,
  doctor: setUp.doctor,
  version: setUp.version,
  'commit-verify': develop.commitVerify,
  'commit-setup': develop.commitSetup,
  'hook-install': develop.hook,
  'hook-uninstall': develop.hook,
  deps: develop.deps,
  fix: develop.fix,
  sbom: inventory.sbom,
  'sbom-check': inventory.sbomCheck,
  'sbom-validate': inventory.sbomValidate,
  'sbom-diff': inventory.sbomDiff,
  scan: inventory.scan,
  licences: inventory.licences,
  why: inventory.why,
  'advisories-import': inventory.advisoriesImport,
  'advisories-update': inventory.advisoriesUpdate,
  'advisories-pack': inventory.advisoriesPack,
  'advisories-push': inventory.advisoriesPack,
  'advisories-pull': inventory.advisoriesUpdate,
  'advisories-info': inventory.advisoriesInfo,
  'key-generate': signing.keyGenerate,
  'key-list': signing.keyList,
  'key-inspect': signing.keyInspect,
  'key-request': signing.keyRequest,
  'key-rotate': signing.keyRotate,
  'key-import': signing.keyImport,
  'trust-add': signing.trustAdd,
  'trust-list': signing.trustList,
  'trust-test': signing.trustTest,
  'trust-import-notation': signing.trustImportNotation,
  'trust-import-cosign': signing.trustImportCosign,
  'trust-update': signing.trustUpdate,
  'trust-export-notation': signing.trustExportNotation,
  sign: signing.sign,
  attach: signing.attach,
  attest: signing.attest,
  'provenance-runner': signing.attest,
  'provenance-assess': statements.provenanceAssess,
  rebuild: statements.rebuild,
  'vex-add': signing.vexAdd,
  verify: signing.verify,
  discover: signing.discover,
  push: artifacts.push,
  pull: artifacts.pull,
  copy: artifacts.copy,
  tag: artifacts.tag,
  delete: artifacts.deletion,
  login: artifacts.login,
  logout: artifacts.logout,
  release: gates.release,
  'gate-commit': gates.gateSource,
  'gate-build': gates.gateSource,
  'gate-release': gates.gateRelease,
  'gate-admission': gates.gateAdmission,
  pin: gates.pin,
  'policy-check': gates.policyCheck,
  'policy-library': gates.policyLibrary,
  'policy-test': gates.policyTest,
  'policy-eval': gates.policyEval,
  'policy-replay': gates.policyReplay,
  'policy-diff': gates.policyDiff,
  'policy-push': gates.policyPush,
  'policy-pull': gates.policyPull,
  'policy-log': gates.policyLog,
  'policy-rollback': gates.policyPush,
  watch: operate.watch,
  audit: operate.audit,
  rescan: operate.rescan,
  'violation-ingest': operate.violationIngest,
  'registry-gc': operate.registryGc,
  'registry-check': operate.registryCheck,
  'cluster-certificate': graph.clusterCertificate,
  'cluster-server': graph.manifests,
  'cluster-chart': graph.clusterChart,
  'cluster-webhook': graph.manifests,
  'cluster-watcher': graph.manifests,
  'cluster-gatekeeper': graph.manifests,
  'cluster-import-ratify': signing.clusterImportRatify,
  collect: graph.collect,
  'graph-import': graph.graphImport,
  'graph-rebuild': graph.graphRebuild,
  'graph-copy': graph.graphCopy,
  'graph-backup': graph.graphCopy,
  'graph-restore': graph.graphCopy,
  'graph-prune': graph.graphPrune,
  'graph-verify': graph.graphVerify,
  'graph-inbox': graph.graphInbox,
  'graph-status': graph.graphStatus,
  ask: graph.ask,
  'standing-add': operate.standingAdd,
  'standing-list': operate.standingList,
  'standing-remove': operate.standingRemove,
  'standing-notices': operate.standingNotices,
  'token-create': operate.tokenCreate,
  'token-list': operate.tokenList,
  'token-revoke': operate.tokenRevoke,
  'tenant-create': operate.tenantCreate,
  'tenant-list': operate.tenantList,
} as const satisfies Readonly<Record<string, z.ZodType>>;

/** What is on standard output instead of a result if a command fails. */
export const ERROR_SCHEMA = parts.error;

export type SchemaName = keyof typeof SCHEMAS;
/** The value that the schema of this name accepts. */
export type SchemaValue<N extends SchemaName> = z.infer<(typeof SCHEMAS)[N]>;
