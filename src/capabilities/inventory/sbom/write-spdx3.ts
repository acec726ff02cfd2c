import { readAlgorithm, sha256, takeHex } from '../../../core/digest.ts';
import type { Purl } from '../../../core/purl.ts';
import type { Component, Inventory } from '../../ecosystems/index.ts';
import { findSupplier } from '../../ecosystems/index.ts';
import { describeUnexplained, listUnknowns, toSkipRecord, writeMarked } from './detail.ts';
import { writeDocument } from './document.ts';
import { LicenseWriter } from './license-text.ts';
import { listAdvisoryLinks } from './sbom-findings.ts';
import { chooseContext, type SbomOptions } from './sbom-options.ts';
import { addUpstream } from './upstream.ts';
import {
  BUILT_FROM,
  buildSpdx,
  describeOrigin,
  formatWholeSeconds,
  isPlainSource,
  listParts,
  listUnknownOrigin,
  SPDX_LOCATION,
  sortEntries,
} from './write-spdx.ts';

const CONTEXT = 'https://spdx.org/rdf/3.0.1/spdx-context.jsonld';
const CREATION = '_:creation';
/** SPDX 3.0.1 Core/HashAlgorithm by the names that inventories use. */
const ALGORITHMS: ReadonlyMap<string, string> = new Map([
  ...['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512', 'blake3'].map(
    (name) => [name, name] as const,
  ),
  ['sha3-256', 'sha3_256'],
  ['sha3-384', 'sha3_384'],
  ['sha3-512', 'sha3_512'],
  ['blake2b-256', 'blake2b256'],
  ['blake2b-384', 'blake2b384'],
  ['blake2b-512', 'blake2b512'],
]);
const HEX = /^[0-9a-f]{8,}$/;

/** The inventory as SPDX 3.0.1 in JSON-LD; equal input gives equal bytes. */
export function writeSpdx3(inventory: Inventory, options: SbomOptions): Uint8Array {
  return writeDocument(inventory, () => {
    const graph = new Spdx3Writer(inventory, options).buildGraph();
    return `${JSON.stringify({ '@context': CONTEXT, '@graph': graph })}\n`;
  });
}

class Spdx3Writer {
  readonly #inventory: Inventory;
  readonly #options: SbomOptions;
  readonly #namespace: string;
  readonly #licenses = new LicenseWriter();
  readonly #agents = new Map<string, object>();
  readonly #expressions = new Map<string, object>();
  readonly #relationships: object[] = [];
  readonly #links: ReadonlyMap<Purl, readonly string[]>;

  constructor(inventory: Inventory, options: SbomOptions) {
    this.#inventory = inventory;
    this.#options = options;
    this.#links = listAdvisoryLinks(options.findings);
    this.#namespace = buildSpdx(inventory, options, '2.3').documentNamespace;
  }

  #toId(kind: string, of = ''): string {
    const word = of === '' ? '' : `-${sha256(of.toWellFormed()).slice(7, 31)}`;
    return `${this.#namespace}#${kind}${word}`;
  }

  #element(type: string, spdxId: string, rest: object): object {
    return { type, spdxId, creationInfo: CREATION, ...rest };
  }

  #packageId(purl: Purl): string {
    return this.#toId('Package', purl);
  }

  buildGraph(): readonly object[] {
    const { components, skips } = this.#inventory;
    const tools = this.#buildTools();
    const agent = this.#element('SoftwareAgent', this.#toId('Agent'), {
      name: `${this.#options.tool.name}-${this.#options.tool.version}`,
    });
    const author = this.#nameAuthor();
    const packages = [
      this.#buildRoot(),
      ...this.#buildOs(),
      ...components.map((component) => this.#buildPackage(component)),
    ];
    this.#relate();
    const texts = [...this.#licenses.references]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([id, text]) => this.#buildText(id, text));
    const elements = [
      agent,
      ...tools,
      ...this.#agents.values(),
      ...packages,
      ...this.#expressions.values(),
      ...texts,
      ...this.#relationships,
      ...skips.map((skip, at) =>
        this.#element('Annotation', this.#toId('Skip', String(at)), {
          annotationType: 'other',
          subject: this.#toId('Document'),
          statement: writeMarked(toSkipRecord(skip)),
        }),
      ),
    ];
    return [
      this.#buildCreation(tools, author),
      this.#buildDocument(),
      this.#buildSbom(),
      ...elements,
    ];
  }

  #nameAuthor(): readonly string[] {
    const { author } = this.#options;
    if (author === undefined) return [];
    const { name, email } = author;
    const identifier = { type: 'ExternalIdentifier', externalIdentifierType: 'email' };
    const id = this.#toId('Author');
    const more =
      email === null ? {} : { externalIdentifier: [{ ...identifier, identifier: email }] };
    this.#agents.set(id, this.#element('Organization', id, { name, ...more }));
    return [id];
  }

  #listTools(): readonly string[] {
    const { origin, tool } = this.#options;
    const own = `${tool.name}-${tool.version}`;
    return origin === undefined || origin.tool === null ? [own] : [origin.tool, own];
  }

  #buildTools(): readonly object[] {
    return [...new Set(this.#listTools())].map((name) =>
      this.#element('Tool', this.#toId('Tool', name), { name }),
    );
  }

  #buildCreation(tools: readonly object[], author: readonly string[]): object {
    return {
      type: 'CreationInfo',
      '@id': CREATION,
      specVersion: '3.0.1',
      created: formatWholeSeconds(this.#options),
      createdBy: [...author, this.#toId('Agent')],
      createdUsing: tools.map((tool) => (tool as { readonly spdxId: string }).spdxId),
      comment: describeOrigin(this.#inventory, this.#options),
    };
  }

  #buildDocument(): object {
    const { subject, outcome, found } = this.#inventory;
    const unknown = listUnknownOrigin(this.#options);
    return this.#element('SpdxDocument', this.#toId('Document'), {
      name: subject.name === '' ? 'unnamed' : subject.name,
      comment: writeMarked({
        subject: subject.name,
        outcome,
        found,
        ...describeUnexplained(this.#inventory),
        ...(unknown.length === 0 ? {} : { unknown }),
      }),
      dataLicense: 'https://spdx.org/licenses/CC0-1.0',
      profileConformance: ['core', 'software', 'simpleLicensing'],
      rootElement: [this.#toId('Sbom')],
    });
  }

  #buildSbom(): object {
    const context = chooseContext(this.#inventory, this.#options);
    const type = { 'pre-build': 'source', build: 'build', 'post-build': 'analyzed' } as const;
    return this.#element('software_Sbom', this.#toId('Sbom'), {
      software_sbomType: [type[context]],
      rootElement: [this.#toId('Subject')],
    });
  }

  #buildRoot(): object {
    const { name, digest } = this.#inventory.subject;
    const hash =
      digest === null
        ? []
        : [{ type: 'Hash', algorithm: readAlgorithm(digest), hashValue: takeHex(digest) }];
    return this.#element('software_Package', this.#toId('Subject'), {
      name: name === '' ? 'unnamed' : name,
      ...(digest === null ? {} : { software_packageVersion: digest, verifiedUsing: hash }),
      software_primaryPurpose: digest === null ? 'source' : 'container',
    });
  }

  #buildOs(): readonly object[] {
    const { os } = this.#inventory;
    if (os === null) return [];
    return [
      this.#element('software_Package', this.#toId('OperatingSystem'), {
        name: os.id,
        ...(os.versionId === null ? {} : { software_packageVersion: os.versionId }),
        ...(os.prettyName === null ? {} : { summary: os.prettyName }),
        software_primaryPurpose: 'operatingSystem',
      }),
    ];
  }

  #buildPackage(component: Component): object {
    const { purl, name, version, source, origin } = component;
    const supplier = component.supplier ?? findSupplier(purl);
    const hashes = sortEntries(component.hashes).filter(([key, value]) => fits(key, value));
    const id = this.#packageId(purl);
    if (component.licenses.length > 0) this.#declare(id, component.licenses);
    return this.#element('software_Package', id, {
      name: name === '' ? 'unnamed' : name,
      software_packageVersion: version,
      software_packageUrl: addUpstream(component),
      ...(supplier === null ? {} : { suppliedBy: this.#nameAgent(supplier) }),
      ...(hashes.length === 0
        ? {}
        : {
            verifiedUsing: hashes.map(([key, hashValue]) => ({
              type: 'Hash',
              algorithm: ALGORITHMS.get(key),
              hashValue,
            })),
          }),
      ...(origin !== null && SPDX_LOCATION.test(origin)
        ? { software_downloadLocation: origin }
        : {}),
      ...(source === null || !isPlainSource(source)
        ? {}
        : { software_sourceInfo: `${BUILT_FROM}${source.name} ${source.version}` }),
      ...this.#linkAdvisories(purl),
      comment: writeMarked(this.#buildDetail(component, supplier)),
    });
  }

  /** SPDX 3.0.1, Core `ExternalRef`. */
  #linkAdvisories(purl: Purl): object {
    const links = this.#links.get(purl) ?? [];
    if (links.length === 0) return {};
    const type = { type: 'ExternalRef', externalRefType: 'securityAdvisory' };
    return { externalRef: links.map((link) => ({ ...type, locator: [link] })) };
  }

  #buildDetail(component: Component, supplier: string | null): object {
    const { locations, layer, origin, hashes, source } = component;
    const own = new Set(this.#inventory.components.map(({ purl }) => purl));
    const rest = sortEntries(hashes).filter(([key, value]) => !fits(key, value));
    const elsewhere = component.dependsOn.filter((purl) => !own.has(purl));
    const unknown = listUnknowns(component, supplier);
    return {
      ...(component.licenses.length > 1 ? { licenses: component.licenses } : {}),
      ...(component.licensesFrom === undefined ? {} : { licensesFrom: component.licensesFrom }),
      ...(locations.length === 0 ? {} : { locations }),
      ...(layer === null ? {} : { layer }),
      ...(component.supplier === undefined ? {} : { supplier: component.supplier }),
      ...(rest.length === 0 ? {} : { hashes: Object.fromEntries(rest) }),
      ...(source === null || isPlainSource(source) ? {} : { source }),
      ...(origin === null || SPDX_LOCATION.test(origin) ? {} : { origin }),
      ...(elsewhere.length === 0 ? {} : { dependsOn: elsewhere }),
      ...(unknown.length === 0 ? {} : { unknown }),
    };
  }

  #nameAgent(name: string): string {
    const id = this.#toId('Organization', name);
    if (!this.#agents.has(id)) this.#agents.set(id, this.#element('Organization', id, { name }));
    return id;
  }

  #declare(id: string, licenses: readonly string[]): void {
    const text = this.#licenses.joinExpressions(licenses);
    const licence = this.#toId('License', text);
    if (!this.#expressions.has(licence)) {
      const custom = licenses
        .map((one) => this.#licenses.toExpression(one))
        .filter((one) => one.startsWith('LicenseRef-'))
        .map((key) => ({ type: 'DictionaryEntry', key, value: this.#toId(key) }));
      const element = this.#element('simplelicensing_LicenseExpression', licence, {
        simplelicensing_licenseExpression: text,
        ...(custom.length === 0 ? {} : { simplelicensing_customIdToUri: custom }),
      });
      this.#expressions.set(licence, element);
    }
    this.#link(id, 'hasDeclaredLicense', [licence]);
  }

  #buildText(id: string, text: string): object {
    return this.#element('simplelicensing_SimpleLicensingText', this.#toId(id), {
      name: text === '' ? 'empty' : text,
      simplelicensing_licenseText: text,
    });
  }

  #relate(): void {
    const { components, outcome, subject, os } = this.#inventory;
    const [root, own] = [this.#toId('Subject'), new Set(components.map(({ purl }) => purl))];
    const isPart = listParts(this.#inventory);
    const verb = subject.digest === null ? 'dependsOn' : 'contains';
    const shipped = components.filter(({ purl, development }) => !development && isPart(purl));
    const completeness = outcome === 'partial' ? 'incomplete' : 'complete';
    this.#link(
      root,
      verb,
      shipped.map(({ purl }) => this.#packageId(purl)),
      { completeness },
    );
    if (os !== null) this.#link(root, 'contains', [this.#toId('OperatingSystem')]);
    const development = components.filter((one) => one.development);
    this.#link(
      root,
      'dependsOn',
      development.map(({ purl }) => this.#packageId(purl)),
      { scope: 'development' },
    );
    for (const { purl, dependsOn } of components) {
      const needed = dependsOn.filter((one) => own.has(one)).map((one) => this.#packageId(one));
      this.#link(this.#packageId(purl), 'dependsOn', needed);
    }
  }

  /** A relationship has one element at least on its other side. */
  #link(from: string, relationshipType: string, to: readonly string[], more: object = {}): void {
    if (to.length === 0) return;
    const type = 'scope' in more ? 'LifecycleScopedRelationship' : 'Relationship';
    const id = this.#toId('Relationship', String(this.#relationships.length));
    this.#relationships.push(this.#element(type, id, { from, relationshipType, to, ...more }));
  }
}

function fits(algorithm: string, value: string): boolean {
  return ALGORITHMS.has(algorithm) && HEX.test(value);
}
