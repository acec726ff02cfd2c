import {
  buildSlsaProvenance,
  encodeStatement,
  type Material,
  SLSA_PROVENANCE_TYPE,
} from '../../src/capabilities/attestation/index.ts';
import { sha256, takeHex } from '../../src/core/digest.ts';
import type { BuiltCommit } from '../image/checkout.ts';

interface Lock {
  readonly packages: Readonly<
    Record<string, { readonly version?: string; readonly integrity?: string; readonly link?: true }>
  >;
}

/**
 * Describes how a file of a release was made (SLSA v1), as an in-toto statement about its digest:
 * the commit, and every package of the lock by its hash. It contains no time and no machine, so
 * anyone who builds the commit again gets the same statement (X13).
 */
export function writeProvenance(
  { commit, lock, version }: BuiltCommit,
  kind: 'npm-tarball' | 'executable' | 'debian-package',
  file: { readonly name: string; readonly bytes: Uint8Array },
  where: { readonly repository: string; readonly builder: string },
): Uint8Array {
  const source = {
    uri: `git+${where.repository}@${commit}`,
    name: null,
    digest: { gitCommit: commit },
  };
  const predicate = buildSlsaProvenance({
    buildType: `https://waybill.dev/build-types/${kind}/v1`,
    externalParameters: {
      release: { name: 'waybill', version },
      source: { repository: where.repository, commit },
    },
    internalParameters: {},
    materials: [source, ...lockedMaterials(JSON.parse(lock) as Lock)],
    builder: where.builder,
    builderVersion: { node: process.versions.node },
    invocation: null,
    startedAt: null,
    finishedAt: null,
  });
  const subjects = [{ name: file.name, digest: { sha256: takeHex(sha256(file.bytes)) } }];
  return encodeStatement({ subjects, predicateType: SLSA_PROVENANCE_TYPE, predicate });
}

function lockedMaterials({ packages }: Lock): readonly Material[] {
  return Object.entries(packages).flatMap(([path, { version, integrity = '', link }]) => {
    const [algorithm = '', hash = ''] = integrity.split('-', 2);
    if (link === true || version === undefined || hash === '') return [];
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    const digest = { [algorithm]: Buffer.from(hash, 'base64').toString('hex') };
    return [{ uri: `pkg:npm/${name.replace('@', '%40')}@${version}`, name: null, digest }];
  });
}
