import { DATABASE_ROWS } from './databases.ts';
import { listEditorTargets } from './editor.ts';
import { listEcosystemTargets } from './extractors.ts';
import { listComposedTargets } from './gates.ts';
import { LOCK_ROWS } from './locks.ts';
import type { ParserName } from './parsers.ts';
import { PUBLISHER_TARGETS } from './publisher-documents.ts';
import { DOCUMENT_ROWS } from './rows-documents.ts';
import { EXPORT_ROWS } from './rows-exports.ts';
import { FORMAT_ROWS } from './rows-formats.ts';
import { JAVASCRIPT_ROWS } from './rows-javascript.ts';
import { MANIFEST_ROWS } from './rows-manifests.ts';
import { PLUGIN_ROWS } from './rows-plugins.ts';
import { PYTHON_ROWS } from './rows-python.ts';
import { makeRevocationRows } from './rows-revocation.ts';
import { listRunnerRows } from './rows-runner.ts';
import { makeSigningRows } from './rows-signing.ts';
import { listSigstoreRows } from './rows-sigstore.ts';
import { TEAM_ROWS } from './rows-team.ts';
import { makeTarget, type Target } from './target.ts';

/**
 * Readers whose input is not from outside, or that only find the bytes for another one, and why. A
 * reader that is neither here nor in the table fails a test.
 */
export const NOT_FUZZED: Readonly<Record<ParserName, string>> = {
  'core/reading-budget.ts readWithin': 'runs another reader',
  'adapters/notices/smtp.ts parseMailServer': 'a variable of the user',
  'entrypoints/cli/asked-question.ts parseAskedQuestion': 'an argument of the user',
  'capabilities/signing/jobs/verify-job-token.ts verifyIdentityToken': 'verifyJobToken',
  'entrypoints/compose/advisories.ts unfoldFeedSource': 'unfoldFeeds',
  'adapters/advisories/batches.ts readBatches': 'a file that this program wrote',
  'adapters/advisories/batches.ts readPosition': 'a file that this program wrote',
  'adapters/advisories/batches.ts readImported': 'a file that this program wrote',
  'adapters/advisories/pack-records.ts readLineKeys': 'readFeed',
  'adapters/oci-http/docker-config.ts readConfig': 'a file of the user; parseJson',
  'adapters/oci-http/docker-config.ts parseKeyHost': 'a file of the user, whose keys it reads',
  'entrypoints/compose/registry.ts parseRegistryHost': 'an argument of the user',
  'entrypoints/cli/commands/advisories-push.ts parseIndexNumber': 'an argument of the user',
  'entrypoints/compose/seen-index.ts readSeenIndex': 'a file that this program wrote',
  'formats/tar/zstd-frames.ts readZstd': 'readFeed; unfoldZstd reads the same frames',
  'adapters/advisories/open-index.ts readInfo': 'an index that this program wrote',
  'adapters/advisories/entry-form.ts parseEntries': 'an index that this program wrote',
  'capabilities/policy/component-pattern.ts parseParts': 'parsePurl',
  'adapters/git/git-facts.ts readGitFacts': 'asks git; the answers are short and read by lines',
  'adapters/graph-sql/questions/affected.ts parseFixedVersions': 'rows that this program wrote',
  'adapters/graph-sql/questions/claims.ts readClaims': 'rows that this program wrote',
  'adapters/graph-sql/questions/document-body.ts readDocumentBody': 'returns stored bytes unread',
  'adapters/graph-sql/questions/evidence.ts readEvidence': 'rows that this program wrote',
  'adapters/graph-sql/questions/unknown-exposure.ts readUnknownReleases': 'rows of our own',
  'adapters/graph-sql/questions/unreleased-images.ts readUnreleased': 'rows of our own',
  'adapters/graph-sql/questions/vex.ts readMandated': 'rows that this program wrote',
  'adapters/graph-sql/questions/vulnerabilities.ts readStatements': 'rows of our own',
  'adapters/graph-sql/stated-form.ts parseStated': 'rows that this program wrote',
  'adapters/oci-layout/container.ts readWhole': 'gives bounded bytes to other readers',
  'adapters/keys-service/key-reference.ts parseKeyReference': 'an argument of the user',
  'adapters/keys-service/key-reference.ts readChainFile': 'a file of the user; parseCertificates',
  'adapters/keys-service/key-reference.ts readTrustedRoots': 'a file of the user',
  'adapters/keys-service/public-key.ts readPublicKey': 'OpenSSL reads it; the service is trusted',
  'adapters/keys-service/service-client.ts parseAddress': 'a variable of the user',
  'adapters/keys-service/service-client.ts readText': 'a member of JSON; parseJson',
  'adapters/keys-pkcs11/pkcs11-uri.ts parsePkcs11Uri': 'an argument of the user',
  'adapters/plugins/run-plugin.ts readMetadata': 'runs a plugin; readPluginMetadata',
  'capabilities/signing/trust/own-revocation.ts readRevocations': 'a part of parseTrust',
  'capabilities/signing/keys/encrypted-key.ts readPassphrase': 'a file of the user',
  'capabilities/signing/sigstore/authentic-times.ts readAuthenticTime': 'readTimestampResponse',
  'capabilities/signing/sigstore/members.ts readBytes': 'decodeBase64',
  'capabilities/signing/sigstore/members.ts readCount': 'parseBundle',
  'capabilities/signing/sigstore/members.ts readList': 'parseBundle',
  'capabilities/signing/sigstore/members.ts readObject': 'parseBundle',
  'capabilities/signing/trust/sigstore-signer.ts readSigstoreSigner': 'parseTrust',
  'entrypoints/cli/cluster-endpoint.ts parseEndpoint': 'an argument of the user',
  'entrypoints/cli/cluster-endpoint.ts parseSeconds': 'an argument of the user',
  'entrypoints/cli/cluster-endpoint.ts readAuthorities': 'a file of the user; parseCertificates',
  'adapters/oci-server/disk.ts readSize': 'asks the file system',
  'capabilities/policy/cel/times.ts readClockPart': 'a value of an expression: policy evaluation',
  'entrypoints/cli/ask-subject.ts readSubject': 'an argument of the user',
  'entrypoints/cli/command.ts readOptions': 'arguments of the user',
  'entrypoints/cli/commands/graph-checkpoint.ts splitLines': 'our own proof',
  'entrypoints/cli/commands/verify-file.ts verifyFile': 'a command',
  'entrypoints/cli/durations.ts parseAgeMax': 'an argument of the user',
  'entrypoints/cli/durations.ts parseDurationMs': 'an argument of the user',
  'entrypoints/cli/durations.ts parseMomentOrAge': 'an argument of the user',
  'entrypoints/cli/graph-file.ts readDocument': 'a file; the reader of its kind reads it',
  'entrypoints/cli/listen.ts parseListenAddress': 'an argument of the user',
  'entrypoints/cli/named-checkpoint.ts readNamedCheckpoint': 'openNote and parseCheckpoint',
  'entrypoints/cli/predicate-type.ts parsePredicateType': 'an argument of the user',
  'entrypoints/cli/program.ts parseAndRun': 'arguments of the user',
  'entrypoints/cli/set-up/git-settings.ts readGitSettings': 'asks git',
  'entrypoints/cli/source-targets.ts parseSourceFolder': 'an argument of the user',
  'entrypoints/cli/verify-bundle.ts verifyFileBundle': 'parseBundle; the rest is arguments',
  'entrypoints/cli/verify-proof.ts verifyProof': 'a command; parseLogProof',
  'entrypoints/compose/log-checkpoint.ts readCheckpoint': 'openNote and parseCheckpoint',
  'entrypoints/compose/release-bundles.ts parseBundles': 'arguments of the user; parseDigest',
  'entrypoints/compose/trees.ts readGitFacts': 'asks git',
  'entrypoints/config/settings.ts readSettings': 'a file of the user; parseYaml',
  'entrypoints/config/trust.ts readDocument': 'a file of the user; parseTrust',
  'entrypoints/server/tls.ts readClientCa': 'a file of the user',
  'entrypoints/server/tls.ts readTls': 'files of the user',
  'gates/image-evidence/read-content.ts readContent': 'calls the reader of each kind',
  'gates/image-evidence/signature-forms.ts readSignatureForm': 'compares one word',
  'gates/source/commit-batch.ts readBatch': 'an argument of the user',
  'gates/source/commit-batch.ts readPushedBatches': 'readPushedRefs; the rest asks git',
  'gates/source/commit-facts.ts readCommits': 'parseCommit and parseSshSignature',
  'system/files/errno.ts readErrno': 'an error of the platform',
  'system/files/read-file.ts readFileBounded': 'gives bounded bytes to other readers',
  'system/files/read-file.ts readPrivateFile': 'gives bounded bytes to other readers',
  'system/files/read-file.ts readRegularFile': 'gives bounded bytes to other readers',
  'system/files/read-file.ts readSmallFile': 'gives bounded bytes to other readers',
  'system/files/read-file.ts readWhole': 'gives bounded bytes to other readers',
  'system/sqlite/sqlite-errors.ts readResultCode': 'an error of the platform',
};

/** Every reader under test. */
export async function loadTargets(): Promise<readonly Target[]> {
  const rows = [
    ...FORMAT_ROWS,
    ...TEAM_ROWS,
    ...DOCUMENT_ROWS,
    ...JAVASCRIPT_ROWS,
    ...LOCK_ROWS,
    ...EXPORT_ROWS,
    ...MANIFEST_ROWS,
    ...PYTHON_ROWS,
    ...DATABASE_ROWS,
    ...PLUGIN_ROWS,
    ...(await makeSigningRows()),
    ...(await makeRevocationRows()),
    ...listSigstoreRows(),
    ...listRunnerRows(),
  ];
  const direct = await Promise.all(rows.map(makeTarget));
  const composed = await listComposedTargets();
  return [
    ...direct,
    ...listEcosystemTargets(),
    ...listEditorTargets(),
    ...composed,
    ...PUBLISHER_TARGETS,
  ];
}

/** Readers that neither a target nor the list of exceptions names, and names without a reader. */
export function findGaps(
  parsers: readonly ParserName[],
  targets: readonly Pick<Target, 'reads'>[],
): { readonly missing: readonly ParserName[]; readonly unknown: readonly string[] } {
  const there = new Set<string>(parsers);
  const named = new Set<string>([
    ...targets.flatMap(({ reads }) => reads),
    ...Object.keys(NOT_FUZZED),
  ]);
  return {
    missing: parsers.filter((name) => !named.has(name)),
    unknown: [...named].filter((name) => !there.has(name)),
  };
}
