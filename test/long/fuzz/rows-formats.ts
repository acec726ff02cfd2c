import { generateKeyPairSync } from 'node:crypto';
import { formatCursor } from '../../../src/adapters/graph-sql/questions/scope.ts';
import { formatNoteVerifier, signNote } from '../../../src/capabilities/evidence/index.ts';
import {
  formatConsistencyProof,
  formatInclusionProof,
} from '../../../src/capabilities/evidence/log-proof.ts';
import { encodeJournalEntry } from '../../../src/entrypoints/server/admission/journal-entry.ts';
import { packTar, paxRecord } from '../../../tools/image/tar.ts';
import { file, link } from '../../support/images.ts';
import { writeLicence } from '../../support/licence-texts.ts';
import { packZip } from '../../support/pack-zip.ts';
import {
  DESCRIPTOR,
  golden,
  KUBERNETES_LIST,
  NPM_LOCK,
  OCI_INDEX,
  OCI_MANIFEST,
  OPENVEX,
} from './documents.ts';
import type { Row } from './target.ts';

const JOURNAL = encodeJournalEntry({
  inputs: [
    { kind: 'facts', mediaType: 'application/json', subject: null, body: Buffer.from('{}') },
  ],
  sum: 'admission deny',
});
const BYTES_MAX = { bytesMax: 1_000_000 };
const PAGE = { takes: 'bytes', form: 'json', samples: [OCI_INDEX] } as const;
const JSON_SAMPLES = [
  NPM_LOCK,
  OPENVEX,
  '{"a": [1, -2.5e3, "\\u00e9\\ud83d\\ude00", null, true, {}]}',
];
const YAML_SAMPLES = [
  golden('policy.yaml'),
  golden('trust.yaml'),
  golden('waybill.yaml'),
  'a: &x [1, 0x1f, 1e3]\nb: |\n  text\n  more\nc: {d: "e", f: ~}\n',
];

export const PURLS = [
  'pkg:npm/%40x/a@1.0.0?vcs_url=git%2Bhttps://git.example.com#src/a',
  'pkg:deb/debian/libc6@2.36-9%2Bdeb12u4?arch=amd64&distro=debian-12&upstream=glibc',
  'pkg:golang/golang.org/x/net@v0.1.0#http2',
  'pkg:maven/g/a@1?type=jar',
  'pkg:oci/trips@sha256%3Aaa?repository_url=registry.example.com/shop/trips',
];
const REFERENCES = [
  `registry.example.com:5000/shop/trips:1.0@sha256:${'a'.repeat(64)}`,
  'debian:12',
  'localhost/x',
  '[::1]:5000/a/b',
];

export const TAR = packTar([
  file('etc/os-release', 'ID=debian\n'),
  { path: 'PaxHeader', flag: 'x', content: paxRecord('path', 'a/long/name') },
  file('bin/tool', '\x7fELF\x02\x01\x01', 0o755),
  link('usr/bin/sh', '../bin/tool'),
]);
export const ZIP = packZip([
  { name: 'META-INF/MANIFEST.MF', text: 'Manifest-Version: 1.0\nImplementation-Version: 1\n' },
  { name: 'META-INF/maven/g/a/pom.properties', text: 'groupId=g\nartifactId=a\nversion=1\n' },
  { name: 'lib/b-1.0.jar', text: packZip([{ name: 'A.class', text: 'x', stored: true }]) },
]);

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const raw = Buffer.from(publicKey.export({ format: 'der', type: 'spki' }).subarray(-32));
const VERIFIER = { name: 'waybill.example.com', publicKey: new Uint8Array(raw) };
const CHECKPOINT = `waybill.example.com\n7\n${Buffer.alloc(32, 1).toString('base64')}\n`;

/** Bytes as a stream gives them. */
export async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 100) yield bytes.subarray(at, at + 100);
}

/** Words of core and grammars of formats. */
export const FORMAT_ROWS: readonly Row[] = [
  {
    reader: 'core/descriptor.ts parseDescriptor',
    takes: 'value',
    form: 'json',
    samples: [DESCRIPTOR],
  },
  {
    reader: 'core/descriptor.ts readTextRecord',
    takes: 'value',
    form: 'json',
    samples: [{ a: 'b' }],
  },
  {
    reader: 'core/digest.ts parseDigest',
    takes: 'text',
    form: 'text',
    samples: [DESCRIPTOR.digest],
  },
  {
    reader: 'core/image-reference.ts parseImageReference',
    takes: 'text',
    form: 'text',
    samples: REFERENCES,
  },
  {
    reader: 'core/instant.ts parseInstant',
    takes: 'text',
    form: 'text',
    samples: ['2026-11-01T00:00:00.5+01:00'],
  },
  {
    reader: 'core/package-purl.ts parsePackagePurl',
    takes: 'text',
    form: 'text',
    samples: PURLS.slice(0, 4),
  },
  {
    reader: 'core/package-purl.ts parseWantedPackage',
    takes: 'text',
    form: 'text',
    samples: PURLS.slice(0, 4),
  },
  { reader: 'core/purl.ts parsePurl', takes: 'text', form: 'text', samples: PURLS },
  { reader: 'core/purl.ts parsePurlPattern', takes: 'text', form: 'text', samples: PURLS },
  { reader: 'core/purl.ts toCanonicalPurl', takes: 'text', form: 'text', samples: PURLS },
  {
    reader: 'core/repository-address.ts readHost',
    takes: 'text',
    form: 'text',
    samples: ['https://git.example.com/shop', 'git@git.example.com:shop/app.git'],
  },
  {
    reader: 'formats/der/pem.ts readPem',
    takes: 'text',
    form: 'text',
    samples: ['-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n'],
  },
  {
    reader: 'formats/json/documents.ts splitJsonDocuments',
    takes: 'bytes',
    form: 'text',
    samples: ['{"a":1}\n{"b":[2]}\n'],
  },
  { reader: 'formats/json/parse.ts decodeUtf8', takes: 'bytes', form: 'bytes', samples: ['é😀a'] },
  {
    reader: 'formats/json/parse.ts parseJson',
    takes: 'bytes',
    form: 'json',
    samples: JSON_SAMPLES,
    args: ['$', { ...BYTES_MAX, foldKeyCase: true }],
  },
  {
    reader: 'formats/json/parse.ts parseJsonText',
    takes: 'text',
    form: 'text',
    samples: JSON_SAMPLES,
    args: ['$', BYTES_MAX],
  },
  {
    reader: 'formats/json/places.ts findMember',
    takes: 'text',
    form: 'json',
    samples: [NPM_LOCK],
    args: ['$', ['packages', 'node_modules/a', 'version']],
  },
  {
    reader: 'formats/json/places.ts listMembers',
    takes: 'text',
    form: 'json',
    samples: [NPM_LOCK],
    args: ['$', 0],
  },
  {
    reader: 'formats/spdx/licence.ts isSpdxExpression',
    takes: 'text',
    form: 'text',
    samples: ['(MIT OR Apache-2.0) AND GPL-2.0-only WITH Classpath-exception-2.0'],
  },
  {
    reader: 'formats/spdx/licence.ts toSpdxExpression',
    takes: 'text',
    form: 'text',
    samples: ['Apache License, Version 2.0', 'mit', 'GPL-2+'],
  },
  {
    reader: 'formats/spdx/licence-text.ts recogniseLicenceText',
    takes: 'text',
    form: 'text',
    samples: [writeLicence('MIT'), writeLicence('BSD-3-Clause')],
  },
  {
    reader: 'formats/tar/tar-header.ts readPaxRecords',
    takes: 'bytes',
    form: 'text',
    samples: [paxRecord('path', 'é'), paxRecord('size', '12')],
  },
  {
    reader: 'entrypoints/server/admission/journal-entry.ts readJournal',
    takes: 'bytes',
    form: 'text',
    samples: [JOURNAL],
  },
  {
    reader: 'capabilities/ecosystems/maven/archive-licence.ts recogniseText',
    takes: 'text',
    form: 'text',
    samples: ['Apache License\nVersion 2.0, January 2004', 'Permission is hereby granted'],
  },
  {
    reader: 'formats/toml/parse.ts parseToml',
    takes: 'text',
    form: 'text',
    samples: ['[[a.b]]\nc = "d"\ne = [1, { f = 2024-05-27 }]\n', "x = '''y'''\n[t]\n\"é\" = 1.5\n"],
    args: ['$', BYTES_MAX],
  },
  {
    reader: 'formats/xml/parse.ts parseXml',
    takes: 'text',
    form: 'text',
    samples: ['<?xml version="1.0"?><a b="&lt;"><!-- c --><d:e>f</d:e><![CDATA[g]]></a>'],
    args: ['$', BYTES_MAX],
  },
  {
    reader: 'formats/yaml/parse.ts parseYaml',
    takes: 'text',
    form: 'text',
    samples: YAML_SAMPLES,
    args: ['$', BYTES_MAX],
  },
  {
    reader: 'system/http/hosts.ts parseHost',
    takes: 'text',
    form: 'text',
    samples: ['registry.example.com:443', '[::1]:5000'],
  },
  {
    reader: 'formats/log/checkpoint.ts parseCheckpoint',
    takes: 'text',
    form: 'text',
    samples: [CHECKPOINT],
  },
  {
    reader: 'capabilities/evidence/log-proof.ts parseLogProof',
    takes: 'bytes',
    form: 'text',
    samples: [
      formatInclusionProof(3, '{}', [Buffer.alloc(32, 2)], CHECKPOINT),
      formatConsistencyProof(3, [Buffer.alloc(32, 2), Buffer.alloc(32, 3)], CHECKPOINT),
    ],
  },
  {
    reader: 'capabilities/evidence/poster.ts readPosted',
    takes: 'text',
    form: 'text',
    samples: ['application/json; waybill-posted-by=ci'],
  },
  {
    reader: 'capabilities/evidence/signed-note.ts openNote',
    takes: 'bytes',
    form: 'text',
    samples: [signNote(CHECKPOINT, VERIFIER, privateKey)],
    args: ['$', VERIFIER],
  },
  {
    reader: 'capabilities/evidence/signed-note.ts parseNoteVerifier',
    takes: 'text',
    form: 'text',
    samples: [formatNoteVerifier(VERIFIER)],
  },
  {
    reader: 'capabilities/registry/headers.ts parseChallenges',
    takes: 'text',
    form: 'text',
    samples: ['Bearer realm="https://registry.example.com/token",service="r", Basic realm="x\\"y"'],
  },
  {
    reader: 'capabilities/registry/headers.ts parseNextLink',
    takes: 'text',
    form: 'text',
    samples: ['</v2/x/referrers/y?n=2>; rel="next"; a="b"'],
  },
  {
    reader: 'capabilities/registry/manifest.ts parseManifest',
    takes: 'bytes',
    form: 'json',
    samples: [OCI_MANIFEST, OCI_INDEX],
    args: ['$', null],
  },
  {
    reader: 'capabilities/registry/media-types.ts parseMediaType',
    takes: 'text',
    form: 'text',
    samples: ['application/json; charset=utf-8'],
  },
  {
    reader: 'capabilities/registry/platform.ts parsePlatform',
    takes: 'text',
    form: 'text',
    samples: ['linux/arm64/v8'],
  },
  { reader: 'capabilities/registry/referrers.ts parseReferrers', ...PAGE, args: ['$', null] },
  {
    reader: 'capabilities/registry/referrers.ts readLargeReferrers',
    ...PAGE,
    args: ['$', null, { isWanted: () => true, annotations: ['a'], pageBytesMax: 1 }],
  },
  {
    reader: 'phases/operate/cluster-list.ts readClusterList',
    takes: 'bytes',
    form: 'json',
    samples: [KUBERNETES_LIST, `${JSON.stringify(KUBERNETES_LIST)}\n{"kind":"List","items":[]}`],
    reads: [
      'phases/operate/cluster-list.ts readClusterObject',
      'phases/operate/cluster-list.ts readText',
      'phases/operate/cluster-list.ts readObject',
      'phases/operate/cluster-list.ts readObjects',
    ],
  },
  {
    reader: 'gates/source/pushed-refs.ts readPushedRefs',
    takes: 'text',
    form: 'text',
    samples: [`refs/heads/main ${'a'.repeat(40)} refs/heads/main ${'0'.repeat(40)}\n`],
  },
  {
    reader: 'adapters/oci-layout/target.ts parseLayoutName',
    takes: 'text',
    form: 'text',
    samples: ['oci:folder:1.0', 'docker-archive:x.tar:a/b:1'],
  },
  {
    reader: 'adapters/git/tree-object.ts parseTreeObject',
    takes: 'bytes',
    form: 'bytes',
    samples: [
      Buffer.concat([
        Buffer.from('100644 a\0'),
        Buffer.alloc(20, 1),
        Buffer.from('40000 b\0'),
        Buffer.alloc(20, 2),
      ]),
    ],
    args: ['$', 'sha1'],
    reads: ['adapters/git/tree-object.ts parseGitEntry'],
  },
  {
    reader: 'adapters/graph-sql/questions/scope.ts parseCursor',
    takes: 'text',
    form: 'text',
    samples: [formatCursor([1, 'a'])],
    args: ['$', ['number', 'string']],
  },
  {
    reader: 'entrypoints/server/tokens.ts parseTokens',
    takes: 'text',
    form: 'text',
    samples: ['# c\nci evidence,read 0123456789abcdef\n', '0123456789abcdef\n'],
  },
  {
    reader: 'entrypoints/cli/set-up/cluster-context.ts parseCurrentContext',
    takes: 'text',
    form: 'text',
    samples: ['apiVersion: v1\ncurrent-context: eu-1\n'],
  },
  {
    reader: 'entrypoints/cli/set-up/registry-places.ts parseImagePlace',
    takes: 'text',
    form: 'text',
    samples: REFERENCES,
  },
  {
    reader: 'entrypoints/cli/set-up/registry-places.ts parseRegistryPlace',
    takes: 'text',
    form: 'text',
    samples: ['registry.example.com/npm', 'registry.example.com:5000'],
  },
  {
    reader: 'entrypoints/cli/set-up/ci-registries.ts recogniseCi',
    takes: 'text',
    form: 'text',
    samples: ['.github/workflows/build.yml', '.gitlab-ci.yml'],
  },
  {
    reader: 'entrypoints/compose/targets.ts parseTarget',
    takes: 'text',
    form: 'text',
    samples: [...REFERENCES],
    args: ['$', '/srv/tree'],
  },
];
