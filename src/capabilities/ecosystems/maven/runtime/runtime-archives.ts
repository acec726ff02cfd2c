import type { ExtractedFile } from '../../ecosystem.ts';
import { type Extraction, NOTHING, takeDirectory } from '../../extractor.ts';
import { findHome } from './java-machine.ts';

/** Archives that belong to every JDK or JRE, by their place in it. */
const OWN =
  /^(?:jre\/)?(?:lib\/(?:jrt-fs|rt|charsets|jce|jsse|resources|management-agent|tools|dt|jconsole|sa-jdi|jfr|jfxswt|javaws|deploy|plugin|ant-javafx|javafx-mx|packager|classlist)\.jar|lib\/ext\/(?:cldrdata|dnsns|jaccess|localedata|nashorn|sunec|sunjce_provider|sunpkcs11|zipfs|jfxrt|access-bridge-64)\.jar|lib\/security\/(?:policy\/(?:un)?limited\/)?(?:US_export|local)_policy\.jar|(?:lib\/)?src\.zip|jmods\/[a-z0-9.]+\.jmod)$/;

/**
 * Archives of a Java runtime name no coordinates, because they are no packages: the runtime itself
 * is the component. Any other archive in its folder is judged like everywhere else.
 */
export function dropRuntimeArchives(
  files: readonly ExtractedFile[],
  extractions: readonly Extraction[],
): readonly Extraction[] {
  const runtimes = files.flatMap(({ path }, at) =>
    extractions[at]?.drafts.some(isRuntime) === true ? [path] : [],
  );
  if (runtimes.length === 0) return extractions;
  const described = new Set(
    runtimes.flatMap((path) => (findHome(path) === null ? [takeDirectory(path)] : [])),
  );
  const homes = new Set([...described, ...runtimes.flatMap((path) => findHome(path) ?? [])]);
  return extractions.map((extraction, at) => {
    const path = files[at]?.path ?? '';
    const home = findHome(path);
    // mutant java-machine-beside-its-release by java-machine: condition -> false
    if (home !== null && described.has(home)) return NOTHING;
    return extraction.skips.length > 0 && isOwn(path, homes) ? dropUnknown(extraction) : extraction;
  });
}

function isRuntime({ parts }: Extraction['drafts'][number]): boolean {
  return parts.type === 'generic' && parts.name === 'openjdk';
}

function isOwn(path: string, homes: ReadonlySet<string>): boolean {
  for (let home = takeDirectory(path); home !== ''; home = takeDirectory(home))
    if (homes.has(home)) return OWN.test(path.slice(home.length + 1));
  return false;
}

/** What it has of known packages stays. */
function dropUnknown(extraction: Extraction): Extraction {
  return {
    ...extraction,
    drafts: extraction.drafts.filter(({ parts }) => parts.namespace !== null),
    skips: extraction.skips.filter(({ cause }) => cause.code !== 'FACT_UNKNOWN'),
  };
}
