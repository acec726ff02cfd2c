import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  readVex,
  VEX_FORMATS,
  type VexDraft,
  type VexFormat,
  writeVex,
} from '../../../capabilities/scanning/index.ts';
import {
  BLOB_SIGNATURE_SUFFIXES,
  type SigningKey,
  selectBlobHash,
  signBlob,
} from '../../../capabilities/signing/index.ts';
import { type Digest, parseDigest } from '../../../core/digest.ts';
import { Failure } from '../../../core/failure.ts';
import { formatImageReference, formatRepository } from '../../../core/image-reference.ts';
import { type Instant, toInstant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { parseWantedPackage } from '../../../core/package-purl.ts';
import { formatPurl } from '../../../core/purl.ts';
import { orThrow } from '../../../core/result.ts';
import { attachDocument } from '../../../phases/build/index.ts';
import { hashFile } from '../../../system/files/hash-file.ts';
import { writeWhole } from '../../../system/files/write-file.ts';
import { openSigningKey } from '../../compose/key-stores.ts';
import { loadTrust } from '../../compose/trust.ts';
import type { Config } from '../../config/config.ts';
import { openAttachTarget } from '../attach-target.ts';
import { loadCallConfig } from '../call-config.ts';
import { makePrintable } from '../io.ts';
import type { VexAddCall } from '../options/signing.ts';
import { showLine } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';
import { putIntoDocument } from '../vex-into.ts';
import { formatStanding, toLine } from './standing-output.ts';

/**
 * Writes one statement and signs it: attached to the image of the reference, or into a file beside
 * its signature. It is read back before it is written anywhere.
 */
export async function run(call: VexAddCall): Promise<Report> {
  const config = await loadCallConfig(call);
  // The result as a table or as JSON says nothing about the form of the document.
  const wanted = call.options.format;
  const isForm = VEX_FORMATS.some(({ format }) => format === wanted);
  const form = VEX_FORMATS.find(({ format }) => format === (isForm ? wanted : 'openvex'));
  if (form === undefined) throw new RangeError('no form of VEX');
  const { image, to, into } = call.options;
  const isAttached = call.args[1] !== undefined;
  if (isAttached && [image, to, into].some((option) => option !== undefined))
    throw new Failure(
      'USAGE',
      'a statement is attached to an image, or put into a file',
      'Leave the reference out, or --image, --to and --into.',
    );
  if (to !== undefined && into !== undefined)
    throw new Failure('USAGE', '--to makes a file, --into adds to one', 'Give one of the two.');
  const key = orThrow(await openSigningKey(config, call.options.key, call.io.env));
  const at = toInstant(Math.trunc(Date.now() / 1000) * 1000);
  if (into !== undefined)
    return putIntoDocument(call, config, {
      ...{ key, path: resolve(call.io.cwd, into), form: isForm ? form : null },
      // Two statements of one second would say the opposite at once.
      draft: readDraft(call, toInstant(Date.now()), readImage(call)),
      signedAt: at,
    });
  return isAttached
    ? attach(call, config, { key, form, at })
    : putIntoFile(call, { key, form, at });
}

interface Making {
  readonly key: SigningKey;
  readonly form: VexFormat;
  readonly at: Instant;
}

async function attach(call: VexAddCall, config: Config, making: Making): Promise<Report> {
  const trust = orThrow(await loadTrust(config));
  const [, text = ''] = call.args;
  const { target, reference, close } = await openAttachTarget(text, { io: call.io }, config);
  try {
    const subject = orThrow(await target.resolve(reference, { signal: call.signal }));
    const { digest } = subject;
    const image = { digest, purl: nameImage(digest, formatRepository(reference)) };
    const bytes = writeStatement(call, making, image);
    const document = { bytes, mediaType: making.form.mediaType, fileName: 'vex.json' };
    const pinned = { ...reference, tag: null, digest };
    const ports = { target, key: making.key, trust, now: () => toInstant(Date.now()), pause };
    const options = { signal: call.signal };
    const attached = orThrow(await attachDocument(pinned, document, ports, options));
    const line = attached.document === null ? null : toLine(attached.document.standing, []);
    const { standing = null, reason = null } = line ?? {};
    return {
      kind: 'result',
      exitCode: 0,
      value: toValue('vex-add', () => ({
        ...{ image: formatImageReference(pinned), file: null, mediaType: document.mediaType },
        ...{ document: attached.manifest, signature: attached.signature, standing, reason },
        supersedes: [],
      })),
      blocks: () => [
        showLine(`attached to ${formatImageReference(pinned)}`),
        showLine(`document ${attached.manifest} (${document.mediaType})`),
        showLine(`signature ${attached.signature}`),
        ...(line === null ? [] : [showLine(...formatStanding('vex', line))]),
      ],
    };
  } finally {
    close();
  }
}

async function putIntoFile(call: VexAddCall, making: Making): Promise<Report> {
  const image = readImage(call);
  // mutant vex-of-a-component-anywhere by vex-add: condition -> false
  if (image !== null && making.form.format === 'cyclonedx' && call.options.component.length > 0)
    throw new Failure(
      'USAGE',
      'CycloneDX cannot say that a component is meant in one image alone',
      'Name the image by a reference, so that it is attached, or use another form.',
    );
  const path = resolve(call.io.cwd, call.options.to ?? 'vex.json');
  const signature = `${path}${BLOB_SIGNATURE_SUFFIXES.jws}`;
  for (const file of [path, signature])
    if (existsSync(file))
      throw new Failure(
        'FILE_UNWRITABLE',
        `${file} exists, and what it states would be lost`,
        'Name another file: --to FILE.',
      );
  const bytes = writeStatement(call, making, image);
  writeWhole(path, bytes);
  const { key, form, at } = making;
  const hash = selectBlobHash(key.algorithm);
  const { hex, size } = await hashFile(path, hash, call.signal);
  const blob = { hash, hex, size, mediaType: form.mediaType };
  writeWhole(signature, orThrow(await signBlob(blob, { key, form: 'jws', signedAt: at })));
  return {
    kind: 'result',
    exitCode: 0,
    value: toValue('vex-add', () => ({
      ...{ image: null, file: path, mediaType: form.mediaType },
      ...{ document: `${hash}:${hex}`, signature, standing: null, reason: null },
      supersedes: [],
    })),
    blocks: () => [showLine(`wrote ${path} (${form.name})`), showLine(`signature ${signature}`)],
    hints: [`use it: waybill scan TARGET --vex ${basename(path)}`],
  };
}

function writeStatement(call: VexAddCall, { form, at }: Making, image: VexDraft['image']) {
  const bytes = orThrow(writeVex(readDraft(call, at, image), form.format));
  orThrow(readVex(bytes));
  return bytes;
}

/** The image of `--image`. */
function readImage({ options }: VexAddCall): VexDraft['image'] {
  if (options.image === undefined) return null;
  const digest = orThrow(parseDigest(options.image));
  return { digest, purl: nameImage(digest, null) };
}

function readDraft({ options, args }: VexAddCall, at: Instant, image: VexDraft['image']): VexDraft {
  const names = [args[0] ?? '', ...options.alias].map(checkName);
  const [name = '', ...aliases] = names;
  return {
    names: [name, ...aliases],
    status: options.status,
    justification: options.justification ?? null,
    impact: options.impact === undefined ? null : checkText(options.impact),
    action: options.action === undefined ? null : checkText(options.action),
    image,
    components: options.component.map(checkComponent),
    author: checkText(options.author),
    namespace: options.namespace === undefined ? null : checkAddress(options.namespace),
    at,
  };
}

/** `pkg:oci/trips@sha256:…?repository_url=registry.example.com/shop/trips`. */
function nameImage(digest: Digest, repository: string | null): string {
  const name = repository?.split('/').at(-1) ?? 'image';
  const named = { type: 'oci', namespace: null, name, version: digest, subpath: null };
  const qualifiers = repository === null ? {} : { repository_url: repository };
  return formatPurl({ ...named, qualifiers });
}

/** Fails with USAGE, as everything that is wrong in a call does. */
function checkComponent(text: string): string {
  const parts = parseWantedPackage(text);
  if (parts.ok) return formatPurl(parts.value);
  const { message, remedy } = parts.failure;
  throw new Failure('USAGE', `--component: ${message}`, remedy);
}

/** A statement about an id that no record can have would have no effect, unseen. */
function checkName(text: string): string {
  // mutant vex-about-no-id by vex-add: condition -> false
  if (/^[A-Za-z0-9][\w.:~-]{0,199}$/.test(text)) return text;
  throw new Failure(
    'USAGE',
    `not the id of a vulnerability: ${makePrintable(text.slice(0, 80))}`,
    'Write it like CVE-2021-44228 or GHSA-jfh8-c2jp-5v3q.',
  );
}

/** One line of what a person writes. */
function checkText(text: string): string {
  // mutant vex-text-of-any-form by vex-add: condition -> false
  if (text.trim() !== '' && text.length <= LIMITS.vexTextMax && !/\p{Cc}/u.test(text))
    return text.trim();
  throw new Failure(
    'USAGE',
    `a text is empty, over ${LIMITS.vexTextMax} characters, or on several lines`,
    'Write one line.',
  );
}

function checkAddress(text: string): string {
  if (URL.canParse(text) && text.length <= LIMITS.vexTextMax) return text;
  throw new Failure(
    'USAGE',
    '--namespace is no address',
    'Write it like https://shop.example.com.',
  );
}
