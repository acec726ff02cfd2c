import { type Purl, parsePurl } from '../../../core/purl.ts';
import {
  type Component,
  findByPurlType,
  type LicencePlace,
  takeBaseName,
  takeDirectory,
} from '../../ecosystems/index.ts';
import type { FileTree } from '../port.ts';
import type { LicenceSource, StatedLicences } from './complete-licences.ts';

/** The longest licence text that anybody uses has a tenth of this. */
const FILE_BYTES_MAX = 512 * 1024;
/** Files of one package that may state its licences; of more, nothing is taken. */
const FILES_MAX = 100;
/** A list of what a vendor folder has. */
const PROOF_BYTES_MAX = 16 * 1024 * 1024;

/** The licences that packages state of themselves in a folder, where their ecosystem has them. */
export function createFolderLicences(name: string, tree: FileTree): LicenceSource {
  return { name, find: (components) => findLicences(name, tree, components) };
}

interface PackagePlaces {
  readonly purl: Purl;
  readonly places: readonly LicencePlace[];
}

async function findLicences(
  name: string,
  tree: FileTree,
  components: readonly Component[],
): Promise<ReadonlyMap<Purl, StatedLicences>> {
  const plans = components.map(listPlaces);
  const folders = await listFolders(tree, plans);
  const reader = new FolderReader(tree, folders);
  const stated = new Map<Purl, StatedLicences>();
  for (const { purl, places } of plans)
    for (const place of places) {
      const found = await reader.read(place);
      if (found === null) continue;
      const path = found.files.map((file) => `${name}/${file}`).join(', ');
      stated.set(purl, { licenses: found.licenses, place: path });
      break;
    }
  return stated;
}

function listPlaces({ purl, name, version }: Component): PackagePlaces {
  const parts = parsePurl(purl);
  const ecosystem = parts.ok ? findByPurlType(parts.value.type) : null;
  return { purl, places: ecosystem?.listLicencePlaces?.({ name, version }) ?? [] };
}

type FileNames = ReadonlyMap<string, readonly string[]>;

/**
 * The names of the files that may state licences, in the folders that are asked for: only these
 * folders are listed, and at most one name more than a package may have is kept.
 */
async function listFolders(tree: FileTree, plans: readonly PackagePlaces[]): Promise<FileNames> {
  const files = new Map<string, string[]>();
  const places = plans.flatMap((plan) => plan.places);
  const byFolder = Map.groupBy(places, ({ folder }) => folder);
  const above = new Set<string>();
  for (const { folder, proof } of places)
    for (const path of [folder, ...(proof === undefined ? [] : [takeDirectory(proof.path)])]) {
      files.set(path, []);
      for (let at = path; at !== '' && !above.has(at); at = takeDirectory(at)) above.add(at);
    }
  for await (const { path, kind } of tree.entries({ descend: (path) => above.has(path) }))
    if (kind === 'file') keepName(path);
  return files;

  function keepName(path: string): void {
    const [folder, name] = [takeDirectory(path), takeBaseName(path)];
    const names = files.get(folder);
    if (names === undefined || names.length > FILES_MAX) return;
    if (byFolder.get(folder)?.some(({ wants }) => wants(name)) === true) names.push(name);
  }
}

/** Reads each place once. */
class FolderReader {
  readonly #tree: FileTree;
  readonly #files: FileNames;
  readonly #proofs = new Map<string, Uint8Array | null>();

  constructor(tree: FileTree, files: FileNames) {
    this.#tree = tree;
    this.#files = files;
  }

  /** Null where nothing there says the licence, or not all that says something is understood. */
  async read(place: LicencePlace) {
    const { folder, proof } = place;
    const listed = this.#files.get(folder) ?? [];
    // mutant licences-of-very-many-files by licences: condition -> false
    if (listed.length > FILES_MAX) return null;
    const names = listed.filter((name) => place.wants(name)).sort();
    if (names.length === 0) return null;
    // mutant licence-without-proof by licences: condition -> false
    if (proof !== undefined && !(await this.#proves(proof))) return null;
    const files = names.map((name) => (folder === '' ? name : `${folder}/${name}`));
    const licenses = new Set<string>();
    for (const path of files) {
      const bytes = await this.#tree.read(path, FILE_BYTES_MAX);
      const stated = bytes.ok ? place.read(bytes.value) : null;
      // mutant licence-beside-an-unknown-one by licences: branch -> continue;
      if (stated === null) return null;
      for (const one of stated) licenses.add(one);
    }
    return { files, licenses: [...licenses].sort() };
  }

  async #proves({ path, holds }: NonNullable<LicencePlace['proof']>): Promise<boolean> {
    let bytes = this.#proofs.get(path);
    if (bytes === undefined) {
      const read = await this.#tree.read(path, PROOF_BYTES_MAX);
      bytes = read.ok ? read.value : null;
      this.#proofs.set(path, bytes);
    }
    return bytes !== null && holds(bytes);
  }
}
