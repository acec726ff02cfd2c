import type { Skip } from '../../component.ts';
import type { DeclaredDependency } from '../../dependency.ts';
import { normaliseName } from '../requirement.ts';
import {
  findViaName,
  type RequirementEntry,
  type RequirementsFile,
} from '../requirements/requirements-file.ts';
import { type FindFile, isOwnFolder, settleEntries } from '../requirements/settle-entries.ts';
import { buildPurl, type PythonDependencies } from './python-dependencies.ts';
import { type ConfiguredIndex, configureRequirements, findWrittenOrigin } from './python-origin.ts';

/** What a requirements file asks for, with the versions that its constraints fix. */
export function listRequirements(
  own: RequirementsFile,
  find: FindFile,
  around: ConfiguredIndex,
): PythonDependencies {
  const { entries, skips, uncovered } = settleEntries(own, find);
  const index = configureRequirements(own.indexes, around);
  const problems: readonly Skip[] = [...skips, ...(uncovered === null ? [] : [uncovered])];
  const dependencies = entries
    .filter((entry) => !isOwnFolder(entry))
    .map((entry) => describeEntry(own.file, entry, index));
  return { dependencies, problems };
}

function describeEntry(
  file: string,
  entry: RequirementEntry,
  index: ConfiguredIndex,
): DeclaredDependency {
  const { name, text, version, address, via, line } = entry;
  const pin = judgeEntry(file, entry);
  const origin =
    address === null
      ? { registry: index.registry, registryFrom: index.from }
      : findWrittenOrigin(address);
  const isDirect = via.length === 0 || via.some((note) => findViaName(note) === null);
  return {
    ecosystem: 'pypi',
    name: name ?? text,
    version,
    requested: isDirect ? text : null,
    purl: name === null ? null : buildPurl(normaliseName(name), version),
    ...pin,
    ...origin,
    recorded: pin.pinned === 'yes',
    place: { file, line },
    kind: isDirect ? 'direct' : 'transitive',
    development: false,
  };
}

function judgeEntry(
  file: string,
  { version, address, hashes }: RequirementEntry,
): Pick<DeclaredDependency, 'pinned' | 'why'> {
  if (address?.kind === 'git')
    return address.commit === null
      ? { pinned: 'no', why: 'it names a branch or a tag, which may move, and not a commit' }
      : { pinned: 'yes', why: `fixed to a commit in ${file}` };
  if (address !== null && (address.kind === 'file' || address.kind === 'folder'))
    return address.path === null
      ? { pinned: 'unknown', why: 'it is on the disk outside this tree' }
      : { pinned: 'yes', why: 'it is a part of this tree' };
  const isHashed = hashes.length > 0 || (address?.hashes.length ?? 0) > 0;
  // mutant requirement-without-hash by python-declared: condition -> version !== null
  if (isHashed) return { pinned: 'yes', why: `fixed with its hash in ${file}` };
  if (address !== null)
    return { pinned: 'unknown', why: 'its address has no hash, so its content may change' };
  if (version === null)
    return { pinned: 'no', why: 'no version is fixed: a newly published one is installed instead' };
  return { pinned: 'unknown', why: `${file} fixes its version without a hash, so it may change` };
}
